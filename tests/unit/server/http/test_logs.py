"""Log lines hold declared fields only."""

from __future__ import annotations

import ast
import errno
import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.http.logs import ALLOWED, configure_logs, log
from tests.factories.quick import quiet_logs


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    said = capsys.readouterr()
    assert said.out == "", "standard output is for JSON lines of verbs"
    return [json.loads(line) for line in said.err.splitlines()]


@pytest.fixture(autouse=True)
def _restored_logs() -> Iterator[None]:
    """Put the defaults back after a test that has configured the logs."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    quiet_logs()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def test_a_field_that_nobody_declared_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    """Names, e-mails and tokens do not get in by an extra field."""
    configure_logs()
    log().info("order.created", order_id="or_1", email="CANARY@example.org", name="CANARY")
    (line,) = lines(capsys)
    assert line["order_id"] == "or_1"
    assert "CANARY" not in json.dumps(line)
    assert {"event", "level", "timestamp"} <= set(line)


def test_a_traceback_has_places_but_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither local variables nor the exception's own text are written."""

    def fail() -> None:
        secret = "CANARY-local"
        raise ValueError("CANARY-text " + secret)

    configure_logs()
    try:
        fail()
    except ValueError as error:
        log().error("request.failed", exc_info=error)
    (line,) = lines(capsys)
    text = json.dumps(line)
    assert "CANARY" not in text
    assert "ValueError" in text
    assert '"fail"' in text


def test_a_librarys_warning_is_reduced_to_its_source(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What a library quotes is unknown, so its text stays out."""
    configure_logs()
    logging.getLogger("sqlalchemy.pool").warning("connection of CANARY %s", "CANARY")
    (line,) = lines(capsys)
    assert line["event"] == "library.sqlalchemy.pool"
    assert "CANARY" not in json.dumps(line)


class FullDisk(io.StringIO):
    """A stream whose disk has no room, until somebody makes some."""

    refused = 0
    has_room = False

    def write(self, text: str) -> int:
        if self.has_room:
            return super().write(text)
        self.refused += 1
        raise OSError(errno.ENOSPC, "no space left on device")


def test_a_log_that_cannot_be_written_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done is done: a full disk under the log makes no failure of it, then or later."""
    disk = FullDisk()
    monkeypatch.setattr("sys.stderr", disk)
    configure_logs()
    log().info("order.created", order_id="or_1")
    logging.getLogger("a.library").warning("something")
    assert disk.refused >= 2
    disk.has_room = True
    log().info("order.created", order_id="or_2")
    assert [json.loads(line)["order_id"] for line in disk.getvalue().splitlines()] == ["or_2"]


def test_a_line_is_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers share one standard error: written in pieces, a line would run into another's."""
    pieces: list[str] = []

    class Pipe(io.StringIO):
        def write(self, text: str) -> int:
            pieces.append(text)
            return len(text)

    monkeypatch.setattr(sys, "stderr", Pipe())
    configure_logs()
    log().info("request", status=200)
    logging.getLogger("library").warning("x")
    assert [piece.count("\n") for piece in pieces] == [1, 1]
    assert all(piece.endswith("}\n") for piece in pieces)


def test_every_field_that_is_logged_is_declared() -> None:
    """Seventeen were not: of a hold that was not ended nobody read which one it was."""
    asked: dict[str, set[str]] = {}
    for file in (Path(__file__).parents[4] / "server").rglob("*.py"):
        source = file.read_text()
        for call in ast.walk(ast.parse(source)) if "log()" in source else ():
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("log()."):
                names = {word.arg for word in call.keywords if word.arg} - ALLOWED - {"exc_info"}
                asked.setdefault(str(file), set()).update(names)
    assert {file: names for file, names in asked.items() if names} == {}
    assert len(asked) > 20
