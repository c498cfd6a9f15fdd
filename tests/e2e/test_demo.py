"""The whole story, as a user runs it: one command, no display, no network but the loopback."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.factories import programs
from tests.unit.shared.credential.second_implementation import inspect


@pytest.fixture(scope="module")
def done() -> subprocess.CompletedProcess[str]:
    """The demo as somebody without a display types it; it runs once for all tests."""
    displays = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_SESSION_TYPE"}
    done = programs.run(
        [programs.GATEKEEPER, "demo", "--seed", "3"],
        environment={name: value for name, value in os.environ.items() if name not in displays},
        seconds=400,
        is_text=True,
        feed="",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done


@pytest.fixture(scope="module")
def summary(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The demo's only line on standard output."""
    lines = done.stdout.splitlines()
    assert len(lines) == 1
    last: dict[str, Any] = json.loads(lines[-1])
    return last


def test_every_double_use_is_found_and_nothing_is_lost(summary: dict[str, Any]) -> None:
    """What the gates answered while cut off is what the server holds in the end."""
    assert summary["double_uses"] == summary["conflicts"] > 0
    assert summary["lost_scans"] == 0
    assert summary["converged"] is True


def test_walkups_sold_offline_are_admitted_offline(summary: dict[str, Any]) -> None:
    """A gate that never heard of a ticket admits it by the till's key."""
    assert summary["walkups_admitted"] == summary["walkups_sold"] > 0


def test_forged_and_used_tickets_were_denied(summary: dict[str, Any]) -> None:
    """Four used ones and a forged one were shown to connected gates."""
    assert summary["denied"] >= 5


def test_sample_codes_fit_a_small_qr_and_verify_elsewhere(summary: dict[str, Any]) -> None:
    """A second implementation, written from the specification, accepts each with the keyring."""
    assert len(summary["codes"]) == 5
    for code in summary["codes"]:
        assert len(code) <= 202
        assert code.isdigit()
        assert inspect(code, summary["keyring"])["signature"] == "valid"


def test_inspect_reads_the_sample_codes(summary: dict[str, Any], tmp_path: Path) -> None:
    """`gatekeeper inspect` says the same."""
    keyring = tmp_path / "keyring.json"
    keyring.write_text(json.dumps(summary["keyring"]))
    done = subprocess.run(
        [programs.GATEKEEPER, "inspect", summary["codes"][0], "--keyring", keyring],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["signature"] == "valid"


def test_without_a_display_the_story_is_a_page_to_read(
    done: subprocess.CompletedProcess[str],
) -> None:
    """Nine steps with what each gate showed, what was proven, and the commands to go on with."""
    page = done.stderr
    assert [f" {number}   " in page for number in range(1, 10)] == [True] * 9
    assert "South  ✗ 2 × Already admitted" in page
    assert "6 tickets used twice while cut off, 6 found" in page
    assert "gatekeeper organizer\n" in page
    assert "\x1b" not in page, "colours are for terminals"
    assert max(map(len, page.splitlines())) <= 100
