"""`gatekeeper kiosk`: what is said before there is a window."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.commands.display import DISPLAYS


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({}, "there is no display here"),
        ({"DISPLAY": ":4711"}, "the display :4711 does not answer this user"),
        (
            {"WAYLAND_DISPLAY": "/nowhere/wayland-7"},
            "the display /nowhere/wayland-7 does not answer this user",
        ),
        ({"XDG_SESSION_TYPE": "wayland"}, "there is no display here"),
    ],
)
def test_without_a_display_one_line_says_what_is_missing(
    tmp_path: Path, named: dict[str, str], said: str
) -> None:
    """In a bare remote shell or as another user Qt would end the process by a signal."""
    bare = {key: value for key, value in os.environ.items() if key not in DISPLAYS}
    ended = subprocess.run(
        [sys.executable, "-m", "gatekeeper", "kiosk", "--profile", str(tmp_path)],
        env=bare | named,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 3
    [line] = ended.stderr.splitlines()
    assert line.startswith(f"gatekeeper: {said}: ")
