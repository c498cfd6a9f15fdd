"""A till that is cut off, and takes back what it sold while a guest waits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.device.refund_and_exchange_parts import after_sale_of
from shared.admission.purpose import Purpose
from shared.admission.reasons import Reason
from shared.credential.badges_and_pins import hash_badge
from shared.kernel.errors import ServerFault
from shared.kernel.ids import parse_ticket_id
from shared.sales.cashier_rights import CashierRights
from shared.sales.cashiers import CashierConfig
from tests.factories.gate_event import ORGANIZATION, STANDARD
from tests.factories.till_house import TillHouse, basket, cash, make_market


async def test_a_till_that_knows_it_is_cut_off_waits_for_nobody_before_it_takes_back(
    tmp_path: Path,
) -> None:
    """A cable without a server at its end takes half a minute to say nothing."""
    server = make_market(granted=10)
    rights, badge = CashierRights(sell=True), hash_badge("GKC1-MARA", ORGANIZATION)
    server.cashiers = (CashierConfig(id="cs_1", name="Mara", badge_hash=badge, rights=rights),)
    house = TillHouse(tmp_path, server)
    session = await house.open()
    await session.sync_once()
    sold = (await session.till.sell(basket((STANDARD, 1), tenders=(cash(),)))).sold()
    server.is_cut = True
    with pytest.raises(ServerFault):
        await session.sync_once()
    server.is_cut, server.hangs = False, True
    ids = (parse_ticket_id(sold.tickets[0].ticket_id),)
    asked = AfterRequest(purpose=Purpose.TRANSFER, ticket_ids=ids, cashier="cs_1", reason="other")
    async with asyncio.timeout(5):
        answer = await after_sale_of(session).do(asked)
    assert answer.reason == Reason.SUPERVISOR
    await session.close()
