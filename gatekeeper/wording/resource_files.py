"""Where fonts, icons and styles lie: inside the installed package, or at the root of the tree."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shared.kernel.errors import EnvironmentFault


@cache
def resource_folder() -> Path:
    """Return the folder that holds `fonts`, `icons` and `styles`.

    Raises:
        EnvironmentFault: if this installation was made without it.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "resources", package.parent / "resources"):
        if (folder / "icons").is_dir():
            return folder
    raise EnvironmentFault("the window's pictures and fonts are missing; install Gatekeeper again")


@cache
def read_resource(name: str) -> str:
    """Return the text of a resource, such as `icons/admit.svg`."""
    return (resource_folder() / name).read_text(encoding="utf-8")
