"""Caps on files, functions and parameters, and the line that opens every module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("contracts", "runtime", "language", "services", "cli", "sandbox")
FILE_LINES, FUNCTION_LINES, PARAMETERS = 400, 60, 6
BANNED_NAMES = {"utils", "helpers", "manager", "base", "common", "misc"}


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def parameters_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def faults(path: Path, text: str) -> list[str]:
    tree = ast.parse(text)
    found = []
    if len(text.splitlines()) > FILE_LINES:
        found.append(f"{len(text.splitlines())} lines")
    if path.stem in BANNED_NAMES:
        found.append(f"{path.stem} says nothing: name the noun")
    if text.strip() and not ast.get_docstring(tree):
        found.append("does not say what lives here")
    for node in functions(tree):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > FUNCTION_LINES:
            found.append(f"{node.name} has {lines} lines")
        if parameters_of(node) > PARAMETERS and not is_drawn_by_framework(node):
            found.append(f"{node.name} takes {parameters_of(node)} parameters")
    return found


def is_drawn_by_framework(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """click and FastAPI pass one argument per option or field; nobody calls these by hand."""
    drawn = ("click", "router", "command", "app", "get", "post", "put", "patch")
    return any(
        any(word in ast.unparse(decorator) for word in drawn) for decorator in node.decorator_list
    )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes_and_names(path: Path) -> None:
    assert faults(path, path.read_text()) == []


def test_each_cap_is_seen_to_fail() -> None:
    long_file = '"""Doc."""\n' + "x = 1\n" * FILE_LINES
    assert faults(Path("a.py"), long_file) == [f"{FILE_LINES + 1} lines"]
    long_function = '"""Doc."""\ndef f():\n' + "    x = 1\n" * FUNCTION_LINES
    assert faults(Path("a.py"), long_function) == [f"f has {FUNCTION_LINES + 1} lines"]
    many = '"""Doc."""\ndef f(a, b, c, d, e, g, h): ...\n'
    assert faults(Path("a.py"), many) == ["f takes 7 parameters"]
    assert faults(Path("utils.py"), '"""Doc."""\n') == ["utils says nothing: name the noun"]
    assert faults(Path("a.py"), "x = 1\n") == ["does not say what lives here"]
