"""What continuous integration runs: checks and tests beside each other, and either one's word."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

RUN: Final = Path(__file__).parents[2] / ".ci" / "run"
MAKE: Final = """#!/bin/sh
echo "$1 begins"
if [ "$1" = lint ]; then touch linting; fi
if [ "$1" = test ]; then until [ -e linting ]; do :; done; fi
case " $FAILING " in *" $1 "*) echo "$1 fails"; exit 2;; esac
"""
"""Stands in for make; tests begin only where lint has begun."""


def run(folder: Path, failing: str) -> tuple[int, list[str]]:
    """Run it in a folder where these targets fail.

    Returns:
        Its status, and what it said.
    """
    programs = folder / "programs"
    for part in (programs, folder / ".ci"):
        part.mkdir()
    shutil.copy(RUN, folder / ".ci")
    (programs / "make").write_text(MAKE)
    (programs / "make").chmod(0o755)
    ended = subprocess.run(
        [folder / ".ci" / "run"],
        env={"PATH": f"{programs}:/usr/bin:/bin", "FAILING": failing},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.stderr == ""
    return ended.returncode, ended.stdout.splitlines()


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        ("", ["test begins", "lint begins"]),
        ("lint", ["test begins", "lint begins", "lint fails"]),
        ("test", ["test begins", "test fails", "lint begins"]),
        ("lint test", ["test begins", "test fails", "lint begins", "lint fails"]),
    ],
)
def test_what_lint_says_stands_whole_behind_what_tests_say(
    tmp_path: Path, failing: str, said: list[str]
) -> None:
    """Beside each other they keep all cores busy, and a run says both; either's failure is its."""
    status, lines = run(tmp_path, failing)
    assert lines == ["setup begins", *said]
    assert (status != 0) is bool(failing)


def test_without_what_it_needs_nothing_is_checked(tmp_path: Path) -> None:
    """A set-up that fails is the one thing to read."""
    status, lines = run(tmp_path, "setup")
    assert lines == ["setup begins", "setup fails"]
    assert status != 0
