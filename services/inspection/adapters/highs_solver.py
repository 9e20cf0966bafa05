"""HiGHS behind the planner's port."""

import highspy
import numpy as np

from services.inspection.domain.planning_linear import Linear, Solved

_INFINITE = highspy.kHighsInf
_OPTIMAL_ENOUGH = {
    highspy.HighsModelStatus.kOptimal,
    highspy.HighsModelStatus.kTimeLimit,
    highspy.HighsModelStatus.kSolutionLimit,
}


class HighsSolver:
    """Two threads at most; the same model gives the same answer unless time runs out."""

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads

    def relaxed(self, model: Linear) -> Solved | None:
        """Without the integers."""
        highs = self._made(model, whole=False)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        found = highs.getSolution()
        return Solved(tuple(found.col_value), tuple(found.row_dual))

    def whole(self, model: Linear, *, gap: float, seconds: float) -> Solved | None:
        """With the integers, at most `gap` (a share) above the optimum, for at most so long."""
        highs = self._made(model, whole=True)
        highs.setOptionValue("mip_rel_gap", gap)
        highs.setOptionValue("time_limit", seconds)
        highs.run()
        feasible = highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        if highs.getModelStatus() not in _OPTIMAL_ENOUGH or not feasible:
            return None
        return Solved(tuple(highs.getSolution().col_value), ())

    def _made(self, model: Linear, *, whole: bool) -> highspy.Highs:
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", self._threads)
        highs.passModel(_lp(model, whole))
        return highs


def _lp(model: Linear, whole: bool) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.costs), len(model.rows)
    lp.col_cost_ = np.array(model.costs, dtype=np.double)
    lp.col_lower_ = np.zeros(len(model.costs))
    lp.col_upper_ = np.array([_INFINITE if upper is None else upper for upper in model.uppers], dtype=np.double)
    lp.row_lower_ = np.array([-_INFINITE if low is None else low for low, _ in model.rows], dtype=np.double)
    lp.row_upper_ = np.array([_INFINITE if high is None else high for _, high in model.rows], dtype=np.double)
    lengths = [len(entries) for entries in model.entries]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    lp.a_matrix_.index_ = np.array([row for entries in model.entries for row in entries], dtype=np.int32)
    lp.a_matrix_.value_ = np.array([value for entries in model.entries for value in entries.values()], dtype=np.double)
    if whole:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[one] for one in model.whole]
    return lp
