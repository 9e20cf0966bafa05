"""An import-linter contract the built-in ones cannot express: nothing but the standard library and oneself."""

import sys
from collections.abc import Iterable
from typing import Final, cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules
from importlinter.domain.imports import ModuleExpression

_ALLOWED: Final = sys.stdlib_module_names


class StdlibOnlyContract(Contract):
    """Each package of `modules` (wildcards allowed) imports only itself and the standard library."""

    modules = fields.SetField(subfield=fields.ModuleExpressionField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Return the check, broken if a direct import leaves the package for anything but the standard library."""
        # The linter replaces each declared field by its parsed value, which its types do not say.
        expressions = cast(Iterable[ModuleExpression], self.modules)
        packages = sorted(module.name for module in module_expressions_to_modules(graph, expressions))
        broken = [line for package in packages for line in _violations(graph, package)]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line per forbidden import."""
        for line in check.metadata["broken"]:
            output.print_error(line)


def _violations(graph: ImportGraph, package: str) -> list[str]:
    inside = {package, *graph.find_descendants(package)}
    return [
        f"{importer} imports {imported}"
        for importer in sorted(inside)
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
        if imported not in inside and imported.partition(".")[0] not in _ALLOWED
    ]
