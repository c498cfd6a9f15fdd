"""The unit by which systemd runs the server says what the program means."""

from __future__ import annotations

from pathlib import Path

from command_line.exit_statuses import EXIT_WRONG_USE
from server.serving.workers import STOP_TIMEOUT_S

_FOLDER = Path(__file__).resolve().parents[4] / "resources" / "server"


def _said(name: str) -> str:
    lines = (_FOLDER / "gatekeeper-server.service").read_text("utf-8").splitlines()
    (line,) = [one for one in lines if one.startswith(f"{name}=")]
    return line.partition("=")[2]


def test_a_wrong_setting_is_not_tried_again_and_again() -> None:
    """Any other end is a fault that may pass."""
    assert _said("Restart") == "on-failure"
    assert int(_said("RestartPreventExitStatus")) == EXIT_WRONG_USE


def test_it_has_time_to_end_its_workers() -> None:
    """Who is killed leaves answers under way unsaid."""
    assert int(_said("TimeoutStopSec").removesuffix("s")) > STOP_TIMEOUT_S
    assert _said("KillMode") == "mixed"
