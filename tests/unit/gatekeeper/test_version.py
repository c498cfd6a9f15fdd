"""One release, whoever says it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from gatekeeper.version import PROGRAM, VERSION


def test_journals_name_the_release_that_the_package_has() -> None:
    """Else evidence would name a program that was never handed out."""
    package = Path(__file__).parents[3] / "pyproject.toml"
    release = tomllib.loads(package.read_text("utf-8"))["project"]["version"]
    assert release == VERSION
    assert f"gatekeeper {release}" == PROGRAM
