"""Tickets that go back at a till while its server takes sales too slowly."""

from __future__ import annotations

import asyncio

import pytest

import gatekeeper.device.refund_and_exchange_parts
from shared.kernel.instant import MILLISECOND
from tests.adversaries.scene import named
from tests.factories.counters import Counter, add_type, counter, prepared_counter, published

__all__ = ["counter", "prepared_counter", "published"]

pytestmark = pytest.mark.either_database


async def test_a_ticket_of_which_the_ledger_was_not_told_in_time_is_not_called_unknown(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The till goes by its own rules until it has told it, and says so; then all is as ever."""
    other = await add_type(counter.office, "Balcony", 2_500)
    await counter.till.sync()
    sold = (await counter.sell(1))["ticket_id"]

    async def hang(_request: object) -> None:
        await asyncio.Event().wait()

    for verb in ("refund", "exchange"):
        line = {"refund": [sold]} if verb == "refund" else {"exchange": sold, "to": other}
        with monkeypatch.context() as slow:
            slow.setattr(gatekeeper.device.refund_and_exchange_parts, "REFUND_BUDGET", MILLISECOND)
            slow.setattr(counter.till.wire, "exchange", hang)
            no = await counter.say(**line)
        assert (no["ok"], no["reason"], no["mode"]) == (False, "supervisor", "offline")
        await counter.till.mend()
        sold = (await counter.sell(1))["ticket_id"]
    back = await counter.ok(refund=[sold])
    assert (back["mode"], back["paid_out_minor"]) == ("online", 2_500)
    assert await named(counter.office) == {}
