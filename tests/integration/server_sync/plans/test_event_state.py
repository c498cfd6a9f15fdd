"""What an organizer, and a platform admin, say of an event binds all that is done with it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from server.events.event_states import SELLABLE, EventState
from server.organizations.members_and_last_owner import set_member
from shared.admission.checks_of_ticket import CLOSED_EVENT
from shared.kernel.id_types import EventId, TicketTypeId
from shared.kernel.instant import MINUTE
from shared.wire.feed import ConfigChange
from tests.factories.ledger_office import LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.sales_till import Till


async def become(office: LedgerOffice, *states: str) -> None:
    """Take the event from state to state."""
    for state in states:
        body = {"state": state}
        await office.office.ok("POST", f"{office.path}/state", office.owner, json=body)


async def bring_in(office: LedgerOffice, code: str) -> httpx.Response:
    """Import a code."""
    body = {"ticket_type_id": office.ticket_type_id, "codes": [code]}
    return await office.office.call(
        "POST", f"{office.path}/tickets/import", office.owner, json=body
    )


async def issue_code(office: LedgerOffice, **more: Any) -> httpx.Response:
    """Ask for an enrolment code."""
    path = f"{office.owner.path}/devices/codes"
    return await office.office.call("POST", path, office.owner, json=more)


def test_every_state_is_open_or_says_why_it_is_closed() -> None:
    """No state is forgotten: people come in only where tickets are sold."""
    assert set(EventState) - set(CLOSED_EVENT) == SELLABLE


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("states", "reason"),
    [
        (["cancelled"], "cancelled"),
        (["cancelled", "archived"], "expired"),
        (["completed"], "expired"),
        (["completed", "archived"], "expired"),
    ],
)
async def test_nobody_comes_in_where_the_event_is_off_but_everybody_gets_out(
    ledger_office: LedgerOffice, states: list[str], reason: str
) -> None:
    """The next claim knows it; whoever was let in before was let in by right."""
    gate = await ledger_office.enrol()
    assert (await ledger_office.claimed(gate, ledger_office.codes[0]))["verdict"] == "admit"
    ledger_office.scan(gate, 1)
    ledger_office.office.clock.advance(MINUTE)
    await become(ledger_office, *states)
    denied = await ledger_office.claimed(gate, ledger_office.codes[2])
    assert (denied["verdict"], denied["reason"]) == ("deny", reason)
    out = await ledger_office.claimed(gate, ledger_office.codes[0], direction="out")
    assert (out["verdict"], out["reason"]) == ("admit", "exit")
    await ledger_office.exchanged(gate, gate.journal.entries)
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_gates_learn_of_a_cancellation_by_the_feed(ledger_office: LedgerOffice) -> None:
    """Without another publication: what a gate admits after it has read that is a conflict."""
    gate = await ledger_office.enrol()
    await become(ledger_office, "cancelled")
    told = [one for one in await ledger_office.read_feed(gate) if isinstance(one, ConfigChange)]
    assert told[-1].config.state == "cancelled"
    ledger_office.office.clock.advance(MINUTE)
    ledger_office.scan(gate, 0)
    await ledger_office.exchanged(gate, gate.journal.entries)
    kinds = [one["kind"] for one in await ledger_office.conflicts()]
    assert kinds == ["admitted_after_void"]


@pytest.mark.either_database
async def test_an_event_that_was_completed_too_early_goes_on(ledger_office: LedgerOffice) -> None:
    """Back in active, its tickets are good again."""
    gate = await ledger_office.enrol()
    await become(ledger_office, "completed")
    assert (await ledger_office.claimed(gate, ledger_office.codes[0]))["verdict"] == "deny"
    await become(ledger_office, "active")
    assert (await ledger_office.claimed(gate, ledger_office.codes[0]))["verdict"] == "admit"


@pytest.mark.either_database
@pytest.mark.parametrize("states", [["cancelled"], ["cancelled", "archived"]])
async def test_nothing_is_made_for_an_event_that_is_off(
    ledger_office: LedgerOffice, states: list[str]
) -> None:
    """No import, reissue, publication, enrolment or till; what was paid is still paid back."""
    till = Till(ledger_office, await ledger_office.enrol(role="till"))
    await become(ledger_office, *states)
    ticket = f"{ledger_office.path}/tickets/{ledger_office.hex_of(0)}"
    at_gate = {"event_id": ledger_office.event_id, "gate_id": ledger_office.gates[0]}
    owner, call = ledger_office.owner, ledger_office.office.call
    for answer in (
        await bring_in(ledger_office, "LATE-1"),
        await call("POST", f"{ticket}/reissue", owner),
        await call("POST", f"{ledger_office.path}/handover", owner),
        await issue_code(ledger_office, **at_gate),
        await till.ask(),
    ):
        assert answer.status_code == 409, answer.text
        assert states[-1] in answer.json()["detail"]
    assert (await issue_code(ledger_office)).status_code == 201
    refund = await call("POST", f"{ticket}/refund", owner, json={"reason": "off"})
    assert refund.status_code == 200


@pytest.mark.either_database
@pytest.mark.parametrize("state", ["draft", "pending_approval"])
async def test_nothing_reaches_gates_before_a_platform_admin_approves(
    ledger_office: LedgerOffice, state: str
) -> None:
    """A draft is prepared; its tickets, manifest, devices and tills wait for the approval."""
    office, owner = ledger_office.office, ledger_office.owner
    admin = await office.person(role=None, is_admin=True)
    await office.ok("PUT", f"{owner.path}/approval", admin, json={"needs_approval": True})
    event_id = await office.event(owner, state="draft")
    path = f"{owner.path}/events/{event_id}"
    if state != "draft":
        await office.ok("POST", f"{path}/state", owner, json={"state": state})
    kind = await office.ticket_type(owner, EventId(event_id))
    zone = await office.ok("POST", f"{path}/zones", owner, json={"name": "Hall"})
    terms = {"name": "Door", "zone_id": zone["id"]}
    gate = await office.ok("POST", f"{path}/gates", owner, json=terms)
    other = await ledger_office.enrol()
    ledger_office.event_id, ledger_office.ticket_type_id = EventId(event_id), TicketTypeId(kind)
    at_gate = {"event_id": event_id, "gate_id": gate["id"]}
    answers = [
        await bring_in(ledger_office, "EARLY-1"),
        await office.call("POST", f"{path}/handover", owner),
        await issue_code(ledger_office, **at_gate),
        await office.call(
            "PUT", f"{owner.path}/devices/{other.id}/assignment", owner, json=at_gate
        ),
    ]
    assert [answer.status_code for answer in answers] == [403, 409, 403, 403]
    await office.ok("POST", f"{path}/state", admin, json={"state": "published"})
    assert (await bring_in(ledger_office, "EARLY-1")).status_code == 200
    assert (await office.call("POST", f"{path}/handover", owner)).status_code == 200
    ledger_office.gates = [gate["id"]]
    device = await ledger_office.enrol()
    assert (await ledger_office.claimed(device, "EARLY-1"))["verdict"] == "admit"


async def test_places_where_tickets_were_used_are_not_removed(ledger_office: LedgerOffice) -> None:
    """Made anew, a zone would take every used ticket again; what was never used may go."""
    office, owner, path = ledger_office.office, ledger_office.owner, ledger_office.path
    north = await ledger_office.enrol(0)
    other = await office.ok("POST", f"{path}/zones", owner, json={"name": "By mistake"})
    terms = {"name": "East", "zone_id": ledger_office.zone_id}
    spare = (await office.ok("POST", f"{path}/gates", owner, json=terms))["id"]
    east = f"{path}/gates/{spare}"
    assert (await ledger_office.claimed(north, ledger_office.codes[0]))["verdict"] == "admit"
    first, second = ledger_office.gates
    standing = await office.call("DELETE", f"{path}/gates/{first}", owner)
    assert standing.status_code == 409
    assert "revoke" in standing.json()["detail"]
    revoke = f"{owner.path}/devices/{north.id}/revoke"
    await office.ok("POST", revoke, owner, json={"reason": "lost"})
    used = await office.call("DELETE", f"{path}/gates/{first}", owner)
    assert used.status_code == 409
    assert "used at this gate" in used.json()["detail"]
    for gate in (second, spare):
        assert (await office.call("DELETE", f"{path}/gates/{gate}", owner)).status_code == 204
    assert (await office.call("DELETE", east, owner)).status_code == 404
    elsewhere = {"name": "North", "zone_id": other["id"]}
    await office.ok("PUT", f"{path}/gates/{first}", owner, json=elsewhere)
    kept = await office.call("DELETE", f"{path}/zones/{ledger_office.zone_id}", owner)
    assert kept.status_code == 409
    assert "ticket_type_ids []" in kept.json()["detail"]
    back = {"name": "North", "zone_id": ledger_office.zone_id}
    await office.ok("PUT", f"{path}/gates/{first}", owner, json=back)
    gone = await office.call("DELETE", f"{path}/zones/{other['id']}", owner)
    assert gone.status_code == 204


async def test_what_a_removed_member_made_ends_with_them(ledger_office: LedgerOffice) -> None:
    """Their keys stay dead when they come back, and the codes that they issued enrol nothing."""
    office, owner = ledger_office.office, ledger_office.owner
    gone = await office.person("owner", organization_id=owner.organization_id)
    keys = f"{owner.path}/api-keys"
    scopes = {"name": "shop", "scopes": ["orders:read", "devices:write"]}
    key = await office.ok("POST", keys, gone, json=scopes)
    bearer = {"authorization": f"Bearer {key['key']}"}
    for headers in (gone.headers, bearer, owner.headers):
        path = f"{owner.path}/devices/codes"
        await office.ok("POST", path, headers=headers, json={"minutes": 600})
    member = f"{owner.path}/members/{gone.user_id}"
    assert (await office.call("DELETE", member, owner)).status_code == 204
    assert await office.ok("GET", keys, owner) == []
    async with office.context.write(owner.organization_id) as unit:
        await set_member(unit, gone.user_id, "owner")
    orders = f"{ledger_office.path}/orders"
    assert (await office.call("GET", orders, headers=bearer)).status_code == 401
    live = (
        "SELECT DISTINCT created_by FROM enrolment_code"
        " WHERE used_at IS NULL AND expires_at > :now"
    )
    assert await rows_of(office, live, now=ledger_office.now) == [(owner.user_id,)]
