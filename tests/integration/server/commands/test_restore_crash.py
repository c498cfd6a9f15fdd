"""A restore that ends anywhere: the old database stands there whole, or a higher epoch."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from server.start_up.preparing_and_opening_epochs import RESTORED
from tests.factories.migrated_files import begins_with_copies
from tests.factories.strength import sized
from tests.integration.server.commands.test_commands import done, run

__all__ = ["begins_with_copies"]
STEPS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile", "sqlite3.connect"}
"""What the interpreter tells of before it does it, by its own audit events."""
STRIDE = sized(3, 1)
"""From one step at which a restore is cut to the next."""
CUT, NEWEST = 137, "the newest claim, in the log alone"


@pytest.fixture
def yesterday(tmp_path: Path) -> tuple[Path, Path]:
    """Make a copy, and a database with a change since that only its log holds."""
    folder, copy = tmp_path / "data", tmp_path / "copy"
    done(folder, "init")
    done(folder, "backup", str(copy))

    def change() -> None:
        connection = sqlite3.connect(folder / "gatekeeper.db")
        connection.execute("UPDATE ledger SET reason = ?", (NEWEST,))
        connection.commit()
        os._exit(0)  # as a server that is killed: nobody empties the log

    assert in_a_child(change) == 0
    assert (folder / "gatekeeper.db-wal").stat().st_size > 0
    return folder, copy


def in_a_child(work: object) -> int:
    """Run something in a process of its own; returns its exit status."""
    child = os.fork()
    if child == 0:
        try:
            assert callable(work)
            work()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def restore_until(step: int, folder: Path, copy: Path) -> int:
    """Restore in a process that ends just before its step of this number."""
    left = step

    def cut(event: str, given: tuple[object, ...]) -> None:
        nonlocal left
        if event in STEPS and given and str(folder) in str(given[0]):
            if left == 0:
                os._exit(CUT)
            left -= 1

    def work() -> None:
        sys.addaudithook(cut)
        os._exit(run(folder, "restore", str(copy)).returncode)

    return in_a_child(work)


def ledger_of(folder: Path) -> tuple[int, int, str]:
    """Return epoch, whether it grants claims, and why, as a server would find them."""
    with closing(sqlite3.connect(folder / "gatekeeper.db")) as connection:
        found: tuple[int, int, str] = connection.execute(
            "SELECT epoch, open, reason FROM ledger"
        ).fetchone()
    return found


def test_a_restore_cut_anywhere_leaves_the_old_database_or_a_higher_epoch(
    yesterday: tuple[Path, Path], tmp_path: Path
) -> None:
    """Never yesterday's answers under an epoch that gates still believe; it can be repeated."""
    folder, copy = yesterday
    kept = tmp_path / "kept"
    shutil.copytree(folder, kept)
    ends: set[tuple[int, int]] = set()
    for step in range(0, 200, STRIDE):
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        status = restore_until(step, folder, copy)
        if status == 0:
            break
        assert status == CUT
        epoch, is_open, why = ledger_of(folder)
        if (epoch, is_open) == (1, 1):
            assert why == NEWEST, f"step {step} lost what the old database had granted"
        else:
            # Open only by the one transaction that has it wait for each device.
            assert (epoch, why) == (2, RESTORED), f"step {step}"
        ends.add((epoch, is_open))
        repeated = run(folder, "restore", str(copy))
        assert repeated.returncode == 0, repeated.stderr
        assert ledger_of(folder)[0] >= 2
        assert not list(folder.glob("*.restoring*"))
    assert step > 5
    assert ends >= {(1, 1), (2, 0)}
    assert ledger_of(folder)[:2] == (2, 1)


def test_a_damaged_database_is_replaced(yesterday: tuple[Path, Path]) -> None:
    """What cannot be read any more is the commonest reason to restore."""
    folder, copy = yesterday
    (folder / "gatekeeper.db").write_bytes(b"damaged" * 4_000)
    assert done(folder, "restore", str(copy))["epoch"] == 2
    assert ledger_of(folder)[:2] == (2, 1)
    assert (folder / "gatekeeper.db").stat().st_mode & 0o777 == 0o600
