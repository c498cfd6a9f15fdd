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
        (
            ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('10.0.0.7', 5432)"),
            "nothing answers at 10.0.0.7",
        ),
        (
            OSError(
                "Multiple exceptions: [Errno 111] Connect call failed ('::1', 5432, 0, 0),"
                " [Errno 111] Connect call failed ('127.0.0.1', 5432)"
            ),
            "nothing answers at ::1 and 127.0.0.1",
        ),
    ],
)
def test_no_number_of_the_system_reaches_a_person(error: BaseException, words: str) -> None:
    """Which file or host, and what with it; also where a library wrote its sentence around it."""
    assert words_of_system(error) == words


def test_every_place_that_tells_the_systems_errors_tells_them_in_words() -> None:
    """Nobody writes an error of the system's into a sentence as it stands."""
    raw = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in ("command_line", "gatekeeper", "server", "shared")
        for path in sorted((ROOT / room).rglob("*.py"))
        for line in _raw_errors(path.read_text(encoding="utf-8"))
    ]
    assert raw == []


def test_a_place_that_tells_them_as_they_stand_is_found() -> None:
    """In a sentence and by itself; what says them in words is none."""
    told = "try:\n    pass\nexcept OSError as error:\n    say({})\n"
    assert [*_raw_errors(told.format('f"no: {error}"'))] == [4]
    assert [*_raw_errors(told.format("str(error)"))] == [4]
    assert [*_raw_errors(told.format("words_of_system(error)"))] == []
    assert [*_raw_errors(told.replace("OSError", "ValueError").format("str(error)"))] == []


def _raw_errors(text: str) -> Iterator[int]:
    if not any(name in text for name in _SYSTEM):
        return  # most files name none of them: they need no syntax tree
    for handler in ast.walk(ast.parse(text)):
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
