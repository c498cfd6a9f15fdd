"""What a data folder remembers of its database: the highest epoch of the ledger that it has seen.

It lies beside the database and in none of its backups, so that an older copy is known for what it
is. The first process of a server reads it each minute, and loads no database for that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from server.durable_files import make_durable, make_folder_durable
from server.settings import Settings
from shared.kernel.errors import StoreFault
from shared.kernel.os_errors import not_ours, words_of_system
from shared.kernel.undecodable import UNDECODABLE

SIDE_FILE: Final = "ledger-epoch.json"


class PreparedState(msgspec.Struct, frozen=True):
    """What the side file remembers, per database."""

    epochs: dict[str, int]


def seen_epoch(settings: Settings) -> int:
    """Return the highest epoch that this data folder has seen of the database; 0 if none.

    Raises:
        StoreFault: if the side file is damaged.
    """
    epochs = _read_seen(settings.data_folder).epochs
    return max(epochs.get(key, 0) for key in _database_keys(settings))


def remember_epoch(settings: Settings, epoch: int) -> None:
    """Note the highest epoch seen, beside the database and not in its backups."""
    seen = _read_seen(settings.data_folder)
    keys = _database_keys(settings)
    if all(seen.epochs.get(key, 0) >= epoch for key in keys):
        return
    path = settings.data_folder / SIDE_FILE
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(PreparedState(seen.epochs | dict.fromkeys(keys, epoch))))
    make_durable(draft)
    draft.replace(path)
    make_folder_durable(path.parent)


def _database_keys(settings: Settings) -> list[str]:
    """Name a database without its login; one in the data folder by its place there as well.

    By that it is known where the whole folder has moved.
    """
    file = settings.sqlite_file
    if file is None:
        return ["postgresql:" + settings.database.rpartition("@")[2].partition("?")[0]]
    keys, resolved = [f"sqlite:{file.resolve()}"], settings.data_folder.resolve()
    if file.resolve().parent == resolved:
        keys.append(f"sqlite:./{file.name}")
    return keys


def _read_seen(folder: Path) -> PreparedState:
    path = folder / SIDE_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=PreparedState)
    except FileNotFoundError:
        return PreparedState({})
    except PermissionError as error:
        raise not_ours(error) from error
    except (OSError, *UNDECODABLE) as error:
        raise StoreFault(
            f"{path} is damaged ({words_of_system(error)}); it shows whether the database"
            " was restored from a backup. If it was not since the server last ran, remove"
            " this file and start again; if it was, do that and open a higher epoch:"
            " gatekeeper-server epoch open --reason …"
        ) from error
