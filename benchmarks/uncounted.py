"""`python benchmarks/uncounted.py serve ...`: ClassChat without its numbers for operators and monitors.

What counts is taken out of the modules when they are imported: the statements that call `Measures`, and the
`Tally` between what happens and the operator's log. `benchmarks.instructions` uses this.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType

_COUNTS = ("delivered", "refused")
"""The methods of `Measures` that only count."""


_SIGNS = (b"measures.", b"Tally(")
"""What modules that count contain: all others are imported as they are."""


class _Uncounted(ast.NodeTransformer):
    """Takes out what counts, but not what is done to find the numbers."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Replace a call of `Measures` by its arguments."""
        match node.value:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=name), attr=method), args=args):
                if name in ("measures", "_measures") and method in _COUNTS:
                    return ast.copy_location(ast.Expr(ast.Tuple(args, ast.Load())), node)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace a tally by what it hands all notices on to."""
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="Tally"), args=[observe]):
                return observe
        return node


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        if not any(sign in source for sign in _SIGNS):
            return super().get_code(fullname)
        tree = _Uncounted().visit(ast.parse(source))
        return compile(ast.fix_missing_locations(tree), path, "exec")


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith("classchat."):
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if isinstance(spec.loader, SourceFileLoader):
                    spec.loader = _Loader(name, spec.loader.path)
                return spec
        return None


if __name__ == "__main__":
    sys.meta_path.insert(0, _Finder())
    from classchat.cli import main

    main()
