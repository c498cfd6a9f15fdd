"""The lists of erasures and endings beside a server's copies, sealed as these are.

The older of two copies may be the one that opens; with the lists it brings nobody back, and trusts
nothing that has ended. What they say cannot be undone: nobody else may have written them.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any, Final

from server.copies import backup_sealing
from server.copies.backup_sealing import Seal
from server.copies.server_copy_plan import CopyPlan, name_copies
from server.durable_files import write_durably
from server.lists_beside_database import KeptList
from server.persons.erased_persons_beside_database import ERASURES
from server.settings import Settings
from server.start_up.ended_list import ENDINGS, read_endings
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.instant import Instant

_LISTS: Final[tuple[tuple[KeptList[Any, Any], str], ...]] = (
    (ERASURES, ".erasures"),
    (ENDINGS, ".endings"),
)
"""Which they are, and by what their names end there."""


def copy_lists(settings: Settings, plan: CopyPlan, now: Instant) -> None:
    """Put the lists beside the copies, as the server's database is now.

    Args:
        settings: Of the server, which has a SQLite file.
        plan: Where the copies lie, and what seals them.
        now: When.

    Raises:
        StoreFault: if a list is damaged, or the database cannot be read.
        OSError: if the disk refuses.
    """
    assert settings.sqlite_file is not None
    if ended := read_endings(settings.sqlite_file):
        ENDINGS.add(settings.data_folder, ended)
    for kept, suffix in _LISTS:
        file = settings.data_folder / kept.file_name
        target = Path(plan.folder) / f"{plan.name}{suffix}"
        if file.exists():
            content, seal = file.read_bytes(), plan.seal(now)
            if _open(target, seal) != content:
                sealed = BytesIO()
                backup_sealing.write_sealed(BytesIO(content), sealed, seal)
                write_durably(target, sealed.getvalue())


def bring_lists(folder: Path, seal: Seal, into: Path) -> None:
    """Take the lists beside a copy into a data folder.

    Args:
        folder: Where they lie.
        seal: The copy's, which was opened.
        into: What the copy becomes.

    Raises:
        BadInput: if the copy's server has not sealed one; it says what to do.
        OSError: if it cannot be read or written.
    """
    for kept, suffix in _LISTS:
        file = folder / f"{name_copies(seal.head.salt)}{suffix}"
        if not file.exists():
            continue
        try:
            kept.add(into, kept.decode(_open(file, seal) or b"", file).values())
        except StoreFault as fault:
            raise BadInput(
                f"{file} is not encrypted as the backup is, or is damaged: anyone who"
                " could write there may have made it; nothing was changed. Move it away"
                " and take over without it: what it says about the time after the backup"
                " is then unknown. If you know that it is yours, from an earlier version,"
                f" put it into the data folder afterwards, as {kept.file_name}, and start"
                " the server again"
            ) from fault


def _open(file: Path, seal: Seal) -> bytes | None:
    """Return what a list says; None if there is none that this seal opens."""
    plain = BytesIO()
    try:
        backup_sealing.open_sealed(file, plain, seal.key)
    except (BadInput, FileNotFoundError):
        return None
    return plain.getvalue()
