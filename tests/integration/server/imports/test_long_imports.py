"""Long lists go by batches to their end: whoever else writes is not kept waiting."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from server.imports import import_job
from tests.integration.server.imports.test_imports import BATCH, Desk, _idle, desk, many

__all__ = ["_idle", "desk"]


async def test_no_statement_of_a_long_list_takes_more_than_a_batch(desk: Desk) -> None:
    """SQLite has one writer: while 60,000 lines were opened, claims waited for a second."""
    written: list[int] = []

    def note(_connection: Any, cursor: Any, said: str, *_more: Any) -> None:
        if said.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(cursor.rowcount)

    count = 3 * BATCH
    event.listen(desk.office.database._writer.sync_engine, "after_cursor_execute", note)
    taken = await desk.taken(many(0, count))
    assert (taken["state"], await desk.counts()) == ("done", [(count, 0), (0, 0)])
    await desk.ask("POST", f"/imports/{taken['id']}/undo")
    assert (await desk.settled(taken["id"]))["state"] == "undone"
    for act in ("check", "cancel"):
        made = await desk.checked(many(count, count))
        body = {"json": made["mapping"] | {"name": ""}} if act == "check" else {}
        await desk.ask("POST", f"/imports/{made['id']}/{act}", **body)
        ended = await desk.settled(made["id"])
        assert ended["state"] == {"check": "checked", "cancel": "cancelled"}[act]
    assert 0 < max(written) <= BATCH


@pytest.mark.either_database
async def test_a_list_whose_file_ends_in_the_middle_fails_and_leaves_no_lines(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What had been looked at by then goes batch by batch."""
    monkeypatch.setattr(import_job, "IMPORT_LINES_MAX", 2 * BATCH)
    made = await desk.checked(many(0, 2 * BATCH + 1))
    assert (made["state"], bool(made["said"])) == ("failed", True)
    assert (await desk.ask("GET", f"/imports/{made['id']}/lines"))["items"] == []
