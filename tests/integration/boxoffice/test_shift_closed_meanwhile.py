"""A shift is closed while the ledger is asked about a ticket that goes back in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.wire.claim import ClaimAnswer, ClaimRequest
from tests.adversaries.scene import named
from tests.factories.counters import Counter, open_counter
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


@pytest.mark.parametrize("opens_again", [False, True])
async def test_nothing_is_paid_out_of_a_drawer_that_was_counted_meanwhile(
    ledger_office: LedgerOffice,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    opens_again: bool,
) -> None:
    """The till says that no such shift is open, pays nothing, and the ticket stays good."""
    counter = await open_counter(ledger_office, tmp_path)
    ticket = await counter.sell(1)
    await counter.till.sync()
    withdrawer = counter.till.session.withdrawer
    ask = withdrawer._ask_ledger

    async def ask_and_close(request: ClaimRequest) -> ClaimAnswer:
        answer = await ask(request)
        await close_shift(counter, opens_again=opens_again)
        return answer

    monkeypatch.setattr(withdrawer, "_ask_ledger", ask_and_close)
    refused = await counter.say(refund=[ticket["ticket_id"]], authorized_by="")
    assert (refused["ok"], refused["reason"]) == (False, "no_shift"), refused
    monkeypatch.undo()
    for _ in range(2):
        await counter.till.sync()
    path = f"{ledger_office.path}/tickets/{ticket['ticket_id']}"
    shown = await ledger_office.office.ok("GET", path, ledger_office.owner)
    assert shown["state"] == "paid"
    assert await named(ledger_office) == {}
    await counter.close()


async def close_shift(counter: Counter, **how: Any) -> None:
    """Count the drawer and close the shift; perhaps open the next one."""
    expected = 10_000 + 2_500
    await counter.ok(shift="count", amount_minor=expected)
    await counter.ok(shift="close", amount_minor=0)
    if how["opens_again"]:
        await counter.ok(shift="open", amount_minor=0)
