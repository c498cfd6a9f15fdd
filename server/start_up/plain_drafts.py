"""What stands in clear before it takes the database's place, or before it is sealed.

It goes with `restore` or `backup`, however that is told to end. What one that was killed has left
goes when a server is started: else all guests' names lay there until the next.
"""

from __future__ import annotations

from pathlib import Path

from server.db.plain_copies import forget_plain_copies, remove_draft
from server.settings import Settings


def plain_dump(settings: Settings) -> Path:
    """Return where a copy for PostgreSQL lies in clear."""
    return settings.data_folder / "restore.dump.part"


def plain_script(settings: Settings) -> Path:
    """Return where the statements lie that put it back."""
    return settings.data_folder / "restore.sql.part"


def draft_folder(file: Path) -> Path:
    """Return the folder beside a SQLite file in which a copy is made ready."""
    return file.with_name(file.name + ".restoring")


def remove_drafts(settings: Settings) -> None:
    """Take away what a killed `restore` or copy has left; nobody puts a copy back meanwhile.

    Raises:
        OSError: if the disk refuses.
    """
    for left in (plain_dump(settings), plain_script(settings)):
        left.unlink(missing_ok=True)
    if settings.sqlite_file is not None:
        remove_draft(draft_folder(settings.sqlite_file))
        forget_plain_copies(settings.sqlite_file)
