"""A database's last words do not fit on the disk: what is said is still a clear sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw
import pytest

from gatekeeper.store import database
from gatekeeper.store.disk import FolderDisk
from shared.kernel.errors import StoreFault
from shared.kernel.trouble import TroubleKind
from tests.factories.gate_store import open_store


class FullAtTheEnd(apsw.Connection):
    """SQLite writes its log into the database when it closes it, and finds no room."""

    def close(self, *how: Any) -> None:
        """Close, and fail."""
        super().close(*how)
        message = "database or disk is full"
        raise apsw.FullError(message)


@pytest.fixture
def crammed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a folder that has a journal be on a disk that has just become full."""
    open_store(tmp_path).close()

    def connect(_self: FolderDisk, name: str) -> FullAtTheEnd:
        return FullAtTheEnd(str(tmp_path / name))

    monkeypatch.setattr(FolderDisk, "connect", connect)
    return tmp_path


def test_a_look_at_the_journal_that_cannot_be_closed_keeps_no_gate_from_starting(
    crammed: Path,
) -> None:
    """The look wrote nothing; whatever really needs room says so itself."""
    store = open_store(crammed)
    assert store.journal.device_id == "dv_1"
    with pytest.raises(StoreFault) as said:
        store.close()
    assert said.value.kind is TroubleKind.DISK_FULL


def test_what_stopped_the_start_is_said_and_not_what_closing_it_met(
    crammed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program of an older version says that it is older, on a full disk as well."""
    monkeypatch.setattr(database, "prepare_schema", _is_newer)
    with pytest.raises(StoreFault, match="newer"):
        open_store(crammed)


def _is_newer(_connection: object) -> None:
    message = "the journal is of a newer version"
    raise StoreFault(message)
