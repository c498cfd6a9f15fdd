"""What changes while a decision waits for the event's counter: nothing is decided by what was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from shared.journal.chain import hash_code
from shared.kernel.id_types import ClaimId, TicketId
from tests.factories.ledger_office import LedgerOffice
from tests.factories.postgres import PostgresCluster
from tests.integration.server_sync.keys.test_keys import forge, keys_of

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'gatekeeper%'"
    " AND datname = current_database() AND wait_event_type = 'Lock';"
)

Asked = Awaitable[httpx.Response]


async def in_turn(office: LedgerOffice, cluster: PostgresCluster, *asked: Asked) -> list[Any]:
    """Let requests come to the event's counter one after another, and then all go on."""
    name = office.office.settings.database.rpartition("/")[2]
    at_work = []
    async with office.office.database.write(org=SYSTEM) as session:
        await session.execute(text("SELECT 1 FROM event_feed FOR UPDATE"))
        for number, one in enumerate(asked, 1):
            at_work.append(asyncio.ensure_future(one))
            async with asyncio.timeout(60):
                while int(await asyncio.to_thread(cluster.run_sql, WAITING, name)) < number:
                    assert not at_work[-1].done(), at_work[-1].result().text
    return await asyncio.gather(*at_work)


async def compromising(office: LedgerOffice) -> Callable[[], Asked]:
    """Return what declares the event's key compromised."""
    live = next(key for key in await keys_of(office, "ticket") if key["state"] == "active")
    path = f"{office.owner.path}/keys/{live['name']}/compromise"
    return lambda: office.office.call("POST", path, office.owner, json={"reason": "a drill"})


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_what_waits_while_a_key_ends_is_decided_by_the_keys_that_are_left(
    ledger_office: LedgerOffice, postgres_cluster: PostgresCluster
) -> None:
    """Neither an upload nor a claim stands by a key that had ended when its turn came."""
    office = ledger_office
    gate, other = await office.enrol(0), await office.enrol(1)
    passed, forged = await forge(office, TicketId(4711)), await forge(office, TicketId(4712))
    office.scan(
        gate,
        0,
        claim_id="cut off",
        ticket_id=4711,
        generation=0,
        code_hash=hash_code(passed, office.event_id),
        seen=office.prove(gate, passed, ClaimId("cut off")),
    )
    compromise = await compromising(office)
    ended, uploaded = await in_turn(
        office, postgres_cluster, compromise(), office.exchange(gate, gate.journal.entries)
    )
    assert (ended.status_code, uploaded.status_code) == (200, 200)
    named = [one for one in await office.conflicts() if one["kind"] == "unexplained"]
    assert [one["ticket_id"] for one in named] == [f"{4711:016x}"]
    assert "declared compromised" in named[0]["detail"]

    again = await forge(office, TicketId(4713))
    compromise = await compromising(office)
    _, claimed = await in_turn(office, postgres_cluster, compromise(), office.claim(other, again))
    assert claimed.json()["reason"] == "unknown_ticket"
    assert (await office.claimed(other, forged))["reason"] == "unknown_ticket"


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_nobody_is_let_in_at_a_gate_that_was_removed_meanwhile(
    ledger_office: LedgerOffice, postgres_cluster: PostgresCluster
) -> None:
    """The removal has counted no use of it: a claim that waited for its turn leaves none."""
    office = ledger_office
    body = {"name": "Back door", "zone_id": office.zone_id}
    made = await office.office.ok("POST", f"{office.path}/gates", office.owner, json=body)
    roaming = await office.enrol(0, is_fixed=False)
    code, path = office.codes[0], f"{office.path}/gates/{made['id']}"
    removed, claimed = await in_turn(
        office,
        postgres_cluster,
        office.office.call("DELETE", path, office.owner),
        office.claim(roaming, code, gate_id=made["id"]),
    )
    assert (removed.status_code, claimed.status_code) == (204, 404), claimed.text
    assert (await office.claimed(roaming, code))["reason"] == "ok"
