"""Programs that the desk starts on its own laptop, and what they leave in their logs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gatekeeper.organizer import detached_program
from gatekeeper.organizer.detached_program import DetachedProgram, start_detached


def run(log: Path, words: str) -> DetachedProgram:
    program = start_detached((sys.executable, "-c", f"print({words!r}, end='')"), log)
    assert program.process.wait() == 0
    return program


def test_only_what_this_run_has_said_is_told_of_it(tmp_path: Path) -> None:
    """Yesterday's full disk is no reason why it ended today without a word."""
    log = tmp_path / "server.log"
    first, silent = run(log, "the disk is full"), run(log, "")
    assert silent.has_ended()
    assert silent.last_words(100) == ""
    assert run(log, "the port is another's").last_words(100) == "the port is another's"
    assert run(log, "a long story").last_words(5) == "story"
    log.unlink()
    assert first.last_words(100) == ""


def test_what_an_earlier_run_said_stays_in_the_log(tmp_path: Path) -> None:
    """A gate that went down at nine is opened again at once; why it did is read later."""
    log = tmp_path / "window.log"
    run(log, "the first evening\n")
    run(log, "the second\n")
    assert log.read_text().split("\n") == ["the first evening", "the second", ""]


def test_a_long_log_is_put_aside_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two logs at most: they fill no laptop's disk in a summer."""
    monkeypatch.setattr(detached_program, "LOG_MAX", 10)
    log = tmp_path / "window.log"
    for words in ("the first evening\n", "the second evening\n", "the third\n"):
        run(log, words)
    assert log.read_text() == "the third\n"
    assert (tmp_path / "window.log.1").read_text() == "the second evening\n"
    assert len(list(tmp_path.iterdir())) == 2
