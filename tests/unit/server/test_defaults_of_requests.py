"""What the API takes where a request says nothing stands among the limits, and nowhere else."""

from __future__ import annotations

import ast
from pathlib import Path

import server

SMALL = 1
"""One lane, one person, no limit: these are no policy."""


def test_no_request_body_has_a_number_of_its_own_as_its_default() -> None:
    """Whoever changes a limit changes what a request without a word of it gets."""
    found = [
        f"{path.name}:{field.lineno}"
        for path in sorted(Path(server.__file__).parent.rglob("*.py"))
        if b"Body" in (source := path.read_bytes())
        for kind in ast.walk(ast.parse(source))
        if isinstance(kind, ast.ClassDef) and any(map(is_body, kind.bases))
        for field in kind.body
        if isinstance(field, ast.AnnAssign) and is_number(field.value)
    ]
    assert not found, "a limits file must say these: " + ", ".join(found)


def is_body(base: ast.expr) -> bool:
    """Tell whether a class is what somebody sends."""
    return isinstance(base, ast.Name) and base.id.endswith("Body")


def is_number(value: ast.expr | None) -> bool:
    """Tell whether a default is written as a number that somebody could argue about."""
    if isinstance(value, ast.BinOp):
        return is_number(value.left) and is_number(value.right)
    return isinstance(value, ast.Constant) and type(value.value) is int and value.value > SMALL
