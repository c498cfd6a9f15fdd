"""Which revision of the database this program was written for.

The migrations' files are named by their numbers, each after the one before it, so that nobody has
to load Alembic to look: most starts find a database that is up to date.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

SCRIPTS: Final = Path(__file__).parent / "migrations"
UPGRADING: Final = 0x6761_7465_6B65_6570  # "gatekeep"
"""PostgreSQL's lock of whoever upgrades a database; whoever reads its revision to serve by it
shares it for that moment."""
NEWER: Final = (
    "the database is from a newer version than this program; upgrade the program or, to"
    " go back, `restore` an earlier backup"
)
SERVED_BY_OLDER: Final = (
    "this program would upgrade the database while a server of an earlier version uses"
    " it, which does not know the new tables; nothing was changed"
)


NEWER_COPY: Final = (
    "the backup is from a newer version than this program: upgrade the program, then try"
    " again; nothing was changed"
)


@cache
def known_revisions() -> frozenset[str]:
    """Return every revision that this program knows."""
    files = (SCRIPTS / "versions").glob("[0-9]*_*.py")
    return frozenset(file.name.partition("_")[0] for file in files)


def head_revision() -> str:
    """Return the revision that this program was written for."""
    return max(known_revisions())


def is_older(found: str | None) -> bool:
    """Tell whether a database at a revision is of an earlier program; not an empty one (None)."""
    return found != head_revision() and found in known_revisions()


def finding_newer() -> str:
    """Return the query that finds something in a copy which this program cannot serve."""
    known = ", ".join(f"'{one}'" for one in sorted(known_revisions()))
    return f"SELECT 1 FROM alembic_version WHERE version_num NOT IN ({known})"  # noqa: S608 - ours
