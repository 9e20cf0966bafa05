"""The rules about material 材料报送 that schools are asked for."""

from services.inspection.domain.rules import Broken


class MaterialCap(Broken):
    """A school is asked for material so often in a term; beyond that only the bureau asks, and says why."""

    code = "material-cap"
    zh = "该校本学期已被要求报送材料{asked}次（上限{cap}次），超过上限的须由市教育局机关党委说明理由后提出"
    en = (
        "the school was asked for material {asked} times this term (the cap is {cap}): "
        "beyond it only a bureau officer asks, with a reason"
    )
    kind = "state"


class IllegalMaterialStep(Broken):
    """The state does not allow the command."""

    code = "illegal-material-step"
    zh = "“{state_zh}”的材料要求不能{command_zh}"
    en = "material that is {state} cannot take the step: {command_en}"
    kind = "state"


class MaterialForOtherVisit(Broken):
    """Who asks for a visit asks the school that is visited."""

    code = "material-for-other-visit"
    zh = "为督导索要材料，只能向该次督导的学校提出"
    en = "for a visit, material is asked of the school that is visited"


class PieceNamedTwice(Broken):
    """Each piece is asked for once."""

    code = "piece-named-twice"
    zh = "同一材料只能列一次"
    en = "each piece of material is named once"


class PieceUnknown(Broken):
    """What is given was asked for."""

    code = "piece-unknown"
    zh = "没有要求报送：{pieces}"
    en = "nobody asked for: {pieces}"


class PieceMissing(Broken):
    """Every piece is given, or it is said why there is none."""

    code = "piece-missing"
    zh = "以下材料既无佐证也未说明原因：{pieces}"
    en = "there is neither evidence nor a note for: {pieces}"
    kind = "state"
