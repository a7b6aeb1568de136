"""The house rules that can be counted. `make check` runs these tests, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from infra.aws.package import ROOT

PACKAGES = ("gateway", "functions", "connector", "infra", "tests")
MODULE_LINES = 300
FUNCTION_LINES = 40
# `module.py:function`, each with the reason why it is longer.
LONG_FUNCTIONS: dict[str, str] = {}


@cache
def modules() -> dict[str, ast.Module]:
    """Return every module by its path below the project."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in paths}


def long_functions() -> Iterator[str]:
    for name, module in modules().items():
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _lines(node) > FUNCTION_LINES:
                yield f"{name}:{node.name}"


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_a_module_fits_on_a_few_screens() -> None:
    lines = {name: len(Path(ROOT / name).read_text().splitlines()) for name in modules()}
    assert {name: count for name, count in lines.items() if count > MODULE_LINES} == {}


def test_a_function_fits_on_a_screen() -> None:
    assert set(long_functions()) == LONG_FUNCTIONS.keys()


def test_a_module_says_what_it_is() -> None:
    """The tests' modules may leave it to their names, and packages without code say it in their modules."""
    silent = [name for name, module in modules().items() if module.body and ast.get_docstring(module) is None]
    assert [name for name in silent if not name.startswith("tests/")] == []
