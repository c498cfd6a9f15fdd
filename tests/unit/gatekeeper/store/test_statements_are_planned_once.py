"""A statement keeps its plan, whatever is bound to it: to plan it costs more than to run it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw

from gatekeeper.store.database import JournalDatabase
from gatekeeper.store.disk import Disk, FolderDisk
from gatekeeper.store.use_table import Uses
from shared.kernel.id_types import TicketId
from simulator.kernel.disk import SimDisk


def _planned_again(disk: Disk) -> list[int]:
    """Look two tickets' passages up, peers' among them; return what planning asks for the second.

    While SQLite plans a statement it asks whether it may do each of its parts.
    """
    database = JournalDatabase(disk)
    with closing(database):
        uses = Uses(database.connection)
        uses.knows_peers = True
        uses.facts_of(TicketId(1))
        asked: list[int] = []

        def note(operation: int, *_: str | None) -> int:
            asked.append(operation)
            return apsw.SQLITE_OK

        database.connection.authorizer = note
        asked.clear()  # whoever sets it has all planned again, once
        uses.facts_of(TicketId(2))
        first = len(asked)
        asked.clear()
        uses.facts_of(TicketId(3))
        assert first, "no plan was seen"
        return asked


def test_a_gates_look_up_of_another_ticket_is_not_planned_again(tmp_path: Path) -> None:
    """Only the first ticket's passages cost their statements' plans."""
    assert not _planned_again(FolderDisk(tmp_path))


def test_the_simulators_disk_plans_as_a_true_one() -> None:
    """What is measured of worlds is what a gate does."""
    assert not _planned_again(SimDisk())
