"""How often an exchange asks PostgreSQL: what a connected gate costs the server most."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from shared.kernel.id_types import ClaimId
from tests.factories.ledger_office import LedgerOffice


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_page_is_read_in_one_message(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With where the event stands, what the gate has seen, and how many conflicts are open."""
    office = ledger_office
    gate = await office.enrol()
    await office.claimed(gate, office.codes[0], ClaimId("the-claim"))
    office.scan(gate, 0, claim_id="the-claim", mode="online")
    before = office.open_page((await office.exchanged(gate, gate.journal.entries)).page)
    messages = _counted(monkeypatch)
    answer = await office.exchanged(gate, cursor=before.head - 1, epoch=before.epoch)
    page = office.open_page(answer.page)
    assert len(page.items) == 1
    assert (page.head, page.head_lot, page.items[0].lot) == (
        before.head,
        before.head_lot,
        before.head_lot,
    )
    # What the ledger presents, and the page. The server's own work beside it may begin something
    # just then; whatever the exchange would begin, it would end as well.
    assert len([said for said in messages if said != "BEGIN;"]) == 2


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_entry_is_kept_in_one_message(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With how far its journal is held, and what is held of the event: each gate's every scan."""
    office = ledger_office
    gate = await office.enrol()
    await office.exchanged(gate, gate.journal.entries)
    await office.claimed(gate, office.codes[0], ClaimId("the-claim"))
    office.scan(gate, 0, claim_id="the-claim", mode="online")
    messages = _counted(monkeypatch)
    await office.exchanged(gate, gate.journal.entries[-1:])
    assert sum("INTO journal_" in said for said in messages) == 1


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each message to PostgreSQL from now on."""
    messages: list[str] = []

    def note(name: str) -> None:
        whole = getattr(asyncpg.Connection, name)

        async def noted(self: Any, said: str, *arguments: Any, **more: Any) -> Any:
            messages.append(said)
            return await whole(self, said, *arguments, **more)

        monkeypatch.setattr(asyncpg.Connection, name, noted)

    note("fetch")
    note("execute")
    return messages
