"""Tap counters on disk: durable with the scan, never lower, also in an older profile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.journal_tables import _ADDED, MAJOR, MINOR, read_version
from gatekeeper.store.store import JournalAuthor, Store
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import DeviceId
from tests.fakes.entropy import SeededEntropy

UID = bytes.fromhex("04de5f1eacc040")


def _open(folder: Path) -> Store:
    return Store(
        FolderDisk(folder),
        JournalAuthor(DeviceId("dv_1"), SigningKey(bytes(32)), SeededEntropy("t")),
    )


def test_a_counter_holds_at_once_and_survives_its_transaction(tmp_path: Path) -> None:
    """Remembered, saved, and read again by the next run; a lower one changes nothing."""
    store = _open(tmp_path)
    assert store.taps.highest(UID) is None
    store.taps.remember(UID, 7)
    store.taps.remember(UID, 5)
    assert store.taps.highest(UID) == 7
    with store.transaction("scan"):
        store.taps.save()
    store.taps.settle()
    store.taps.remember(UID, 3)
    with store.transaction("scan"):
        store.taps.save()
    store.close()
    store = _open(tmp_path)
    assert store.taps.highest(UID) == 7
    store.close()


def test_a_transaction_that_fails_keeps_the_counter_for_the_next(tmp_path: Path) -> None:
    """What was not committed is written again with the next scan."""

    class GivenUp(Exception):
        """The transaction is abandoned."""

    store = _open(tmp_path)
    store.taps.remember(UID, 9)
    with pytest.raises(GivenUp), store.transaction("scan"):
        store.taps.save()
        raise GivenUp
    assert store.taps.highest(UID) == 9
    with store.transaction("scan"):
        store.taps.save()
    store.taps.settle()
    store.close()
    store = _open(tmp_path)
    assert store.taps.highest(UID) == 9
    store.close()


def test_a_profile_of_the_first_version_gets_the_table(tmp_path: Path) -> None:
    """The journal stays, its version rises, and a second opening changes nothing."""
    store = _open(tmp_path)
    connection = store._database.connection
    added = re.findall(r"CREATE TABLE (\w+)", "".join(_ADDED))
    for table, column in re.findall(r"ALTER TABLE (\w+) ADD COLUMN (\w+)", "".join(_ADDED)):
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table in added:
        connection.execute(f"DROP TABLE {table}")
    connection.execute(f"PRAGMA user_version={MAJOR << 16}")
    store.close()
    for _ in range(2):
        store = _open(tmp_path)
        assert read_version(store._database.connection) == (MAJOR << 16) + MINOR
        assert store.taps.highest(UID) is None
        store.close()


def test_a_later_minor_version_is_welcome(tmp_path: Path) -> None:
    """It only adds; its number is left as it is."""
    store = _open(tmp_path)
    later = (MAJOR << 16) + MINOR + 1
    store._database.connection.execute(f"PRAGMA user_version={later}")
    store.close()
    store = _open(tmp_path)
    assert read_version(store._database.connection) == later
    store.close()
