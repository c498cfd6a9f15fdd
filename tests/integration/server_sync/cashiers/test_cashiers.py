"""Cashiers: kept by the organizer, told to tills in a list of their own, and to no gate at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.device.profile_folder import ProfileFolder
from shared.credential.badges_and_pins import CASHIER_PREFIX, hash_badge
from shared.kernel.instant import SECOND
from shared.sales.cashier_rights import NO_RIGHTS, CashierRights
from shared.sales.cashiers import CashierConfig, digest_cashiers, find_cashier
from shared.wire.exchange import ExchangeRequest
from tests.factories.gate_event import ORGANIZATION, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

ON_SQLITE = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
"""For what no database says otherwise."""


async def add(office: LedgerOffice, name: str = "Mara", **rights: Any) -> dict[str, Any]:
    """Add a cashier; returns what the organizer is told."""
    body = {"name": name, "rights": rights} if rights else {"name": name}
    made: dict[str, Any] = await office.office.ok("POST", path(office), office.owner, json=body)
    return made


def path(office: LedgerOffice) -> str:
    return f"{office.owner.path}/cashiers"


async def told(
    office: LedgerOffice, device: GateDevice, known: bytes = b""
) -> tuple[CashierConfig, ...] | None:
    """Return what a device hears of cashiers by an exchange."""
    return (await office.exchanged(device, cashiers=known)).cashiers


@pytest.mark.either_database
async def test_a_new_cashier_reaches_tills_without_any_right(ledger_office: LedgerOffice) -> None:
    """Who is given nothing may do nothing; the till learns the badge as a hash."""
    till = await ledger_office.enrol(role="till")
    made = await add(ledger_office)
    assert made["badge"].startswith(CASHIER_PREFIX)
    cashiers = await told(ledger_office, till)
    assert cashiers is not None
    organization = ledger_office.owner.organization_id
    found = find_cashier(made["badge"], cashiers, organization)
    assert found is not None
    assert (found.id, found.name, found.rights) == (made["cashier"]["id"], "Mara", NO_RIGHTS)
    assert made["badge"] not in repr(cashiers)
    again = await told(ledger_office, till, digest_cashiers(cashiers))
    assert again is None, "what a till knows already is not sent again"


@ON_SQLITE
async def test_no_gate_is_told_of_a_cashier_by_any_road(ledger_office: LedgerOffice) -> None:
    """Neither by its exchange, whatever it asks, nor by the plan, the feed or the manifest."""
    made = await add(ledger_office, sell=True)
    hashed = hash_badge(made["badge"], ledger_office.owner.organization_id).encode()
    gate = await ledger_office.enrol(role="gate")
    answer = await ledger_office.exchange(gate, cashiers=b"")
    manifest = await ledger_office.office.client.get(
        f"/sync/v1/events/{ledger_office.event_id}/manifest", headers=gate.headers
    )
    assert (answer.status_code, manifest.status_code) == (200, 200)
    for content in (answer.content, manifest.content):
        assert hashed not in content
        assert made["cashier"]["id"].encode() not in content


@ON_SQLITE
async def test_till_of_the_version_before_is_told_nothing(ledger_office: LedgerOffice) -> None:
    """It sends no digest, and knows nothing that it could do with the list."""
    await add(ledger_office, sell=True)
    till = await ledger_office.enrol(role="both")
    assert (await ledger_office.exchanged(till)).cashiers is None


@ON_SQLITE
async def test_rights_are_changed_as_a_whole_and_a_removed_cashier_is_gone(
    ledger_office: LedgerOffice,
) -> None:
    """What is not named among new rights is taken away."""
    office, till = ledger_office, await ledger_office.enrol(role="till")
    made = await add(office, sell=True, discount_percent=10, refund_minor=5_000)
    one = f"{path(office)}/{made['cashier']['id']}"
    (found,) = await told(office, till) or ()
    assert found.rights == CashierRights(sell=True, discount_percent=10, refund_minor=5_000)
    changed = await office.office.ok(
        "PATCH", one, office.owner, json={"rights": {"sell": True, "find": True}}
    )
    assert changed["rights"]["refund_minor"] == 0
    (found,) = await told(office, till) or ()
    assert found.rights == CashierRights(sell=True, find=True)
    known = digest_cashiers((found,))
    assert (await office.office.call("DELETE", one, office.owner)).status_code == 204
    assert await told(office, till, known) == (), "an empty list takes the place of the one before"
    assert await office.office.ok("GET", path(office), office.owner) == []


@ON_SQLITE
async def test_revoked_till_forgets_its_cashiers(ledger_office: LedgerOffice) -> None:
    """Their names and badges are nothing for whoever has it."""
    office, till = ledger_office, await ledger_office.enrol(role="till")
    await add(office, sell=True)
    cashiers = await told(office, till)
    assert cashiers
    address = f"{office.owner.path}/devices/{till.id}/revoke"
    await office.office.ok("POST", address, office.owner, json={})
    office.office.clock.advance(3 * SECOND)  # a worker looks devices up every two
    assert await told(office, till, digest_cashiers(cashiers)) == ()


@ON_SQLITE
async def test_a_withdrawn_badge_is_nobodys_and_another_one_is_theirs(
    ledger_office: LedgerOffice,
) -> None:
    """Id and rights stay; the copy of a badge is worth nothing from the next exchange on."""
    office, till = ledger_office, await ledger_office.enrol(role="till")
    made = await add(office, sell=True)
    badge = f"{path(office)}/{made['cashier']['id']}/badge"
    organization = office.owner.organization_id
    assert (await office.office.call("DELETE", badge, office.owner)).status_code == 204
    cashiers = await told(office, till) or ()
    assert find_cashier(made["badge"], cashiers, organization) is None
    assert (cashiers[0].badge_hash, cashiers[0].sign_key) == ("", b"")
    renewed = await office.office.ok("POST", badge, office.owner)
    cashiers = await told(office, till) or ()
    found = find_cashier(renewed["badge"], cashiers, organization)
    assert found is not None
    assert found.id == made["cashier"]["id"]
    assert find_cashier(made["badge"], cashiers, organization) is None


@ON_SQLITE
@pytest.mark.parametrize("role", ["supervisor", "steward"])
async def test_no_cashiers_badge_is_made_a_supervisors(
    ledger_office: LedgerOffice, role: str
) -> None:
    """The same card would sell, and open a gate."""
    made = await add(ledger_office, sell=True)
    body = {"name": "Jo", "badge": f" {made['badge']} ", "role": role}
    if role == "supervisor":
        body["pin"] = "483920"
    answer = await ledger_office.office.call(
        "POST", f"{ledger_office.owner.path}/supervisors", ledger_office.owner, json=body
    )
    assert answer.status_code in {400, 422}
    assert "cashier" in answer.text


@ON_SQLITE
@pytest.mark.parametrize(
    "rights", [{"discount_percent": 101}, {"refund_minor": -1}, {"everything": True}]
)
async def test_rights_out_of_bounds_are_refused(
    ledger_office: LedgerOffice, rights: dict[str, Any]
) -> None:
    """A field's problem says which, and nobody is added."""
    answer = await ledger_office.office.call(
        "POST", path(ledger_office), ledger_office.owner, json={"name": "Mara", "rights": rights}
    )
    assert answer.status_code in {400, 422}
    assert await ledger_office.office.ok("GET", path(ledger_office), ledger_office.owner) == []


@pytest.mark.parametrize("role", ["gate", "both"])
async def test_cashiers_badge_unlocks_no_gate_and_shows_no_name(tmp_path: Path, role: str) -> None:
    """At a device that knows the badge as a till, and at one that never heard of it."""
    code = "GKC1-ABCDE-FGHJK-MNPQR"
    server = FakeSyncServer(TicketOffice(config=make_config()), ManualClock())
    every = CashierRights(sell=True, find=True, see_expected=True, open_drawer=True)
    mara = CashierConfig(
        id="ca_mara", name="Mara", badge_hash=hash_badge(code, ORGANIZATION), rights=every
    )
    server.cashiers = (mara,)
    server.publish()
    paired = PairedGate(tmp_path, server, role=role)
    gate = await ProfileFolder(paired.folder, paired.system()).open(None, lambda: None)
    await gate.sync_once(lambda _: None)
    assert gate.store.cashiers.get() == ((mara,) if role == "both" else ())
    assert gate.find_badge(code) is None
    assert gate.status().steward == ""
    await gate.close()


def test_request_of_the_version_before_is_read() -> None:
    """The field is appended: what older devices send stays an exchange."""
    older = msgspec.msgpack.encode([1, "", 0, 0, None, [], 0, 2000, [], "", None])
    assert msgspec.msgpack.decode(older, type=ExchangeRequest).cashiers is None
