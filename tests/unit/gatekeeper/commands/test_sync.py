"""What `gatekeeper sync` says of how far it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gatekeeper.commands.sync import ProgressLines
from gatekeeper.gate.answer import SyncProgress


def test_progress_is_told_by_tenths(capfd: pytest.CaptureFixture[str]) -> None:
    """A million tickets are eleven lines, not a million."""
    lines = ProgressLines()
    for done in range(101):
        lines(SyncProgress("tickets", done, 100))
    said = capfd.readouterr().err.splitlines()
    assert (len(said), said[0]) == (11, "tickets: 0 of 100")


def test_progress_that_nobody_can_read_stops_no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its log lies on a full disk: the line is lost, and the journal goes up all the same."""
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        ProgressLines()(SyncProgress("tickets", 1, 10))
        monkeypatch.undo()
