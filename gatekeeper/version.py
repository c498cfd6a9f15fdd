"""The release, as journals, devices and the package say it."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"
"""That of `pyproject.toml`, which a test compares: to read it there takes a start too long."""
PROGRAM: Final = f"gatekeeper {VERSION}"
"""What made a journal's entries, and what a device tells the server that it runs."""
