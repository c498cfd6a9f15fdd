"""A till's key in other hands: what it mints stops at the till's bounds, and at its revocation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from server.keys.home_ranges import PARTS_BITS
from server.tills import till_keys
from server.tills.till_keys import TILL_KEYS_MAX
from shared.credential.keyring import KeyStatus, TicketKey
from shared.kernel.ed25519 import SigningKey
from shared.wire.feed import ConfigChange
from shared.wire.till_key import TILL_KEY_CONTEXT
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.sales_till import Till
from tests.factories.stocked_tills import size
from tests.factories.strength import sized
from tests.integration.server_sync.homes.test_homes import make_homes

GRANTED = 200
"""Tickets of the one type that a new till may sell."""

BOUGHT = 20
"""Tickets of it that were sold before the doors opened."""


async def revoke(till: Till) -> None:
    """Revoke the till, as the organizer does."""
    office = till.office
    path = f"{office.owner.path}/devices/{till.device.id}/revoke"
    await office.office.ok("POST", path, office.owner, json={"reason": "stolen"})


async def known_key(till: Till, reader: GateDevice) -> TicketKey:
    """Return the till's key as gates have heard of it last."""
    feed = await till.office.read_feed(reader)
    told = [item for item in feed if isinstance(item, ConfigChange)][-1]
    public_key = till.key.public_key
    return next(key for key in told.keyring if key.public_key == public_key)


async def stock(office: LedgerOffice) -> Any:
    """Return the counters of the event's one type."""
    async with office.office.database.read(org=SYSTEM) as session:
        asked = text("SELECT allotted, sold FROM inventory WHERE ticket_type_id = :kind")
        return (await session.execute(asked, {"kind": office.ticket_type_id})).one()


@pytest.mark.either_database
async def test_revoked_till_mints_nothing_that_passes(till: Till) -> None:
    """From the revocation on its unsold tickets go to a person, and its sold ones still pass."""
    office = till.office
    gate = await office.enrol(1)
    sold, unheard = till.mint(1), till.mint(2)
    till.sell([sold])
    await till.sync()
    assert (await office.claimed(gate, till.code(till.mint(3))))["verdict"] == "admit"
    await revoke(till)
    minted = await office.claimed(gate, till.code(unheard))
    assert (minted["verdict"], minted["reason"]) == ("refer", "supervisor")
    assert (await office.claimed(gate, till.code(sold)))["verdict"] == "admit"
    assert (await known_key(till, gate)).status is KeyStatus.COMPROMISED
    # What the box office will not let in any more comes to nobody's mind as a use.
    assert (await office.claimed(gate, till.code(unheard)))["verdict"] == "refer"


@pytest.mark.either_database
async def test_revoked_till_gives_its_unsold_tickets_back(till: Till) -> None:
    """The stock that it held can be sold by others again."""
    till.sell([till.mint(1)])
    await till.sync()
    assert tuple(await stock(till.office)) == (GRANTED - 1, BOUGHT + 1)
    await revoke(till)
    assert tuple(await stock(till.office)) == (0, BOUGHT + 1)
    assert (await till.ask()).status_code == 403
    assert tuple(await stock(till.office)) == (0, BOUGHT + 1)


@pytest.mark.either_database
async def test_till_reissues_nothing(till: Till) -> None:
    """A generation that nobody issued neither lifts a block nor passes by itself."""
    office = till.office
    gate = await office.enrol(1)
    blocked, good = till.mint(1), till.mint(2)
    till.sell([blocked, good])
    await till.sync()
    path = f"{office.path}/tickets/{blocked.ticket_id:016x}/block"
    answer = await office.office.call("PUT", path, office.owner, json={"blocked": True})
    assert answer.status_code == 200
    for number, reason in ((1, "blocked"), (2, "supervisor"), (3, "supervisor")):
        newer = till.mint(number, generation=1)
        assert (await office.claimed(gate, till.code(newer)))["reason"] == reason
    assert (await office.claimed(gate, till.code(good)))["verdict"] == "admit"


@pytest.mark.either_database
async def test_till_mints_no_more_than_it_was_granted(till: Till) -> None:
    """The id after the last one that it may sell goes to a person, as does every far one."""
    office = till.office
    gate = await office.enrol(1)
    key = await known_key(till, gate)
    assert (key.id_limit, key.ticket_type_codes) == (GRANTED, (1,))
    last = await office.claimed(gate, till.code(till.mint(GRANTED - 1)))
    assert last["verdict"] == "admit"
    for number in (GRANTED, 1 << 40):
        beyond = await office.claimed(gate, till.code(till.mint(number)))
        assert beyond["reason"] == "supervisor"
    other_type = await office.claimed(gate, till.code(till.mint(5, ticket_type_code=2)))
    assert other_type["verdict"] == "deny"
    till.sell([till.mint(7)])
    await till.sync()
    await till.open()
    assert (await known_key(till, gate)).id_limit == GRANTED + 1


@pytest.mark.either_database
async def test_sales_above_the_stock_pass_where_a_tills_range_is_parted_among_homes(
    ledger_office: LedgerOffice,
) -> None:
    """Each part's bound grows with them: gates that are cut off asked a person about each."""
    office = ledger_office
    gate, _ = await make_homes(office, 0, 1)
    till = Till(office, await office.enrol(role="till"))
    await size(office, till.device.id, 0)
    await till.open()
    for total in (1, 2, 15, 16, 17, 18, 48):
        types = [{"ticket_type_code": 1, "granted": total}]
        answer = await office.office.client.post(
            "/sync/v1/till-stock",
            json={"event_id": office.event_id, "types": types},
            headers=till.device.headers,
        )
        assert answer.status_code == 200, answer.text
        bound = (await known_key(till, gate)).id_limit
        assert bound is not None
        assert total <= bound << PARTS_BITS, "so many ids are taken, of each part as many"


@pytest.mark.either_database
async def test_till_has_one_live_key_of_its_own_event(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys of other events are refused; a new key of its own ends the one before."""
    most = sized(6, TILL_KEYS_MAX)
    monkeypatch.setattr(till_keys, "TILL_KEYS_MAX", most)
    office = till.office
    gate = await office.enrol(1)
    other = await office.office.event(office.owner)
    key = SigningKey.generate(office.office.entropy)
    foreign = {
        "event_id": other,
        "public_key": key.public_key.hex(),
        "proof": key.sign(TILL_KEY_CONTEXT, other.encode() + key.public_key).hex(),
    }
    asked = await office.office.client.post(
        "/sync/v1/till-key", json=foreign, headers=till.device.headers
    )
    assert asked.status_code == 403
    minted = till.mint(1)
    old_code = till.code(minted)
    till.key = key
    await till.open()
    assert (await office.claimed(gate, old_code))["reason"] == "supervisor"
    assert (await office.claimed(gate, till.code(till.mint(1))))["verdict"] == "admit"
    answers = [await till.ask(SigningKey.generate(office.office.entropy)) for _ in range(most)]
    assert {answer.status_code for answer in answers} == {200, 409}
    assert tuple(await stock(office)) == (GRANTED, BOUGHT)


async def test_two_requests_of_one_till_at_once_take_the_stock_once(
    ledger_office: LedgerOffice,
) -> None:
    """A timeout and its retry reach two workers: what is allotted is what was granted."""
    office = ledger_office
    till = Till(office, await office.enrol(role="till"))
    await till.open()
    async with open_ledger_office_again(office.office.settings, office) as second:
        other = Till(second, till.device)
        other.key = till.key
        for number in range(1, sized(3, 5)):
            till.sell([till.mint(number)])
            await till.sync()
            answers = await asyncio.gather(till.ask(), other.ask(), till.ask(), other.ask())
            assert {answer.status_code for answer in answers} == {200}
            granted = {answer.json()["allotments"][0]["count"] for answer in answers}
            assert granted == {GRANTED + number}
            assert tuple(await stock(office)) == (GRANTED, BOUGHT + number)
