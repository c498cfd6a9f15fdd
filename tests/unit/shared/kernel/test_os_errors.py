"""What the system says is wrong is said in words."""

from __future__ import annotations

import ast
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.kernel.os_errors import words_of_system

ROOT = Path(__file__).resolve().parents[4]
_SYSTEM = frozenset({"OSError", "HTTPError", "DBAPIError", "_DRIVER_FAULTS", "_LINE_FAULTS"})
"""What may bring the operating system's own sentence, number and all."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "/proc/x"),
            "/proc/x: No such file or directory",
        ),
        (
            OSError("could not open port /dev/x: [Errno 13] Permission denied: '/dev/x'"),
            "could not open port /dev/x: Permission denied: '/dev/x'",
        ),
        (OSError(errno.ENODEV, "[Errno 19] No such device"), "No such device"),
        (ValueError("[Errno -2] Name or service not known"), "Name or service not known"),
        (OSError(), ""),
    ],
)
def test_no_number_of_the_system_reaches_a_person(error: BaseException, words: str) -> None:
    """Which file, and what with it; also where a library wrote its own sentence around it."""
    assert words_of_system(error) == words


def test_every_place_that_tells_the_systems_errors_tells_them_in_words() -> None:
    """Nobody writes an error of the system's into a sentence as it stands."""
    raw = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in ("command_line", "gatekeeper", "server", "shared")
        for path in sorted((ROOT / room).rglob("*.py"))
        for line in _raw_errors(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert raw == []


def _raw_errors(tree: ast.AST) -> Iterator[int]:
    for handler in ast.walk(tree):
        if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
            continue
        assert handler.type is not None
        caught = {getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(handler.type)}
        if not caught & _SYSTEM:
            continue
        if "isinstance" in ast.unparse(handler):
            continue  # other errors, caught besides, are told apart from the system's
        for node in (inner for part in handler.body for inner in ast.walk(part)):
            told = node.value if isinstance(node, ast.FormattedValue) else None
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "str":
                told = node.args[0] if node.args else None
            if (
                isinstance(node, ast.expr)
                and isinstance(told, ast.Name)
                and told.id == handler.name
            ):
                yield node.lineno
