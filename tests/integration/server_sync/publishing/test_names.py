"""Names reach the gates sealed: only a badge that was drawn here opens them."""

from __future__ import annotations

import pytest

from server.persons.routes import make_runner
from shared.manifest.header import ChunkRef, ManifestHeader
from shared.manifest.name_book import NameBook
from shared.manifest.sealed_holders_for_verdict import HolderBook
from shared.manifest.sealed_names_for_search import badge_seed, open_key
from tests.factories.ledger_office import GateDevice, LedgerOffice

PIN = "483920"
NAMES = ("Anna Müller", "Ben Okafor", "Søren Berg")


async def publish(office: LedgerOffice, gate: GateDevice) -> ManifestHeader:
    """Publish, and read the manifest as a gate does."""
    from tests.integration.server_sync.publishing.test_publishing import fetch

    await office.office.ok("POST", f"{office.path}/handover", office.owner)
    return await fetch(office, gate)


async def name_holders(office: LedgerOffice) -> None:
    """Let names travel to the gates, and give some."""
    policy = {"policy": {"names_at_gates": True}}
    await office.office.ok("PATCH", office.path, office.owner, json=policy)
    for number, name in enumerate(NAMES):
        path = f"{office.path}/tickets/{office.hex_of(number)}/holder"
        answer = await office.office.call("PUT", path, office.owner, json={"name": name})
        assert answer.status_code < 300, answer.text


@pytest.mark.either_database
async def test_a_supervisors_badge_opens_the_names_and_nothing_else_does(
    ledger_office: LedgerOffice,
) -> None:
    """What the gate fetches holds no name; with the badge it finds one, without accents."""
    office, gate = ledger_office, await ledger_office.enrol()
    await name_holders(office)
    path = f"{office.owner.path}/supervisors"
    jo = await office.office.ok("POST", path, office.owner, json={"name": "Jo", "pin": PIN})
    own = {"name": "Kim", "pin": PIN, "badge": "staff card 0017"}
    kim = await office.office.ok("POST", path, office.owner, json=own)
    header = await publish(office, gate)
    pieces: dict[bytes, bytes] = {}
    for ref in header.name_chunks:
        answer = await office.office.client.get(
            f"/sync/v1/chunks/{ref.sha256.hex()}", headers=gate.headers
        )
        pieces[ref.sha256] = answer.content
    assert not any(name.encode() in piece for name in NAMES for piece in pieces.values())

    organization_id = office.owner.organization_id
    seed = badge_seed(jo["badge"], organization_id)
    key = open_key(header.name_seals, jo["supervisor"]["id"], seed)
    assert key is not None

    def read(ref: ChunkRef) -> bytes:
        return pieces[ref.sha256]

    book = NameBook(header.name_chunks, read, office.event_id, key)
    (found,) = book.search("muller", 20)
    assert (found.ticket_id, found.name) == (office.tickets[0], "Anna Müller")
    # A badge that was not drawn here could be guessed: nothing is sealed for it.
    assert [seal.person for seal in header.name_seals] == [jo["supervisor"]["id"]]
    assert kim["badge"] == "staff card 0017"


@pytest.mark.either_database
async def test_a_stewards_badge_opens_who_holds_a_ticket_and_signs_nothing(
    ledger_office: LedgerOffice,
) -> None:
    """Gates hear of stewards apart from supervisors: there is no PIN, and nothing to unlock."""
    office, gate = ledger_office, await ledger_office.enrol()
    await name_holders(office)
    path = f"{office.owner.path}/supervisors"
    steward = {"name": "Sam", "role": "steward"}
    wrong = await office.office.call("POST", path, office.owner, json=steward | {"pin": PIN})
    assert wrong.status_code == 422
    wrong = await office.office.call("POST", path, office.owner, json={"name": "Jo"})
    assert wrong.status_code == 422
    sam = await office.office.ok("POST", path, office.owner, json=steward)
    person = sam["supervisor"]["id"]
    assert (sam["supervisor"]["role"], sam["supervisor"]["signs"]) == ("steward", False)
    header = await publish(office, gate)
    assert [one.id for one in header.config.stewards] == [person]
    assert header.config.supervisors == ()
    pieces: dict[bytes, bytes] = {}
    for ref in header.holder_chunks:
        answer = await office.office.client.get(
            f"/sync/v1/chunks/{ref.sha256.hex()}", headers=gate.headers
        )
        pieces[ref.sha256] = answer.content
    seed = badge_seed(sam["badge"], office.owner.organization_id)
    key = open_key(header.name_seals, person, seed)
    assert key is not None
    book = HolderBook(header.holder_chunks, lambda ref: pieces[ref.sha256], office.event_id, key)
    found = book.find(office.tickets[0])
    assert found is not None
    assert found.name == "Anna Müller"
    renewed = await office.office.ok("POST", f"{path}/{person}/badge", office.owner)
    assert renewed["supervisor"]["signs"] is False
    pins = await office.office.ok("POST", f"{path}/pins", office.owner)
    assert pins == []


async def test_an_erased_persons_name_leaves_the_gates_and_nothing_else_reaches_them(
    ledger_office: LedgerOffice,
) -> None:
    """The event is published as it was: what was planned since waits for whoever publishes it."""
    from tests.integration.server_sync.publishing.test_publishing import fetch

    office, gate = ledger_office, await ledger_office.enrol()
    await name_holders(office)
    path = f"{office.owner.path}/supervisors"
    jo = await office.office.ok("POST", path, office.owner, json={"name": "Jo", "pin": PIN})
    before = await publish(office, gate)
    await office.office.ok("PATCH", office.path, office.owner, json={"name": "Renamed"})
    await office.office.ok(
        "POST", f"{office.owner.path}/persons/erase", office.owner, json={"name": "anna muller"}
    )
    assert await make_runner(office.office.framework.state).work() == 1
    after = await fetch(office, gate)
    assert after.sequence == before.sequence + 1
    assert (after.config, after.chunks, after.classes) == (
        before.config,
        before.chunks,
        before.classes,
    )
    pieces: dict[bytes, bytes] = {}
    for ref in (*after.name_chunks, *after.chunks, *after.holder_chunks):
        url = f"/sync/v1/chunks/{ref.sha256.hex()}"
        answer = await office.office.client.get(url, headers=gate.headers)
        assert answer.status_code == 200
        pieces[ref.sha256] = answer.content
    for ref in before.name_chunks:
        url = f"/sync/v1/chunks/{ref.sha256.hex()}"
        gone = await office.office.client.get(url, headers=gate.headers)
        assert gone.status_code == 404
    seed = badge_seed(jo["badge"], office.owner.organization_id)
    key = open_key(after.name_seals, jo["supervisor"]["id"], seed)
    assert key is not None
    book = NameBook(after.name_chunks, lambda ref: pieces[ref.sha256], office.event_id, key)
    assert book.search("muller", 20) == []
    assert [one.name for one in book.search("okafor", 20)] == ["Ben Okafor"]


@pytest.mark.either_database
async def test_an_erased_name_is_not_in_the_next_publication(
    ledger_office: LedgerOffice,
) -> None:
    """And without named holders there is nothing sealed at all."""
    office, gate = ledger_office, await ledger_office.enrol()
    path = f"{office.owner.path}/supervisors"
    await office.office.ok("POST", path, office.owner, json={"name": "Jo", "pin": PIN})
    await name_holders(office)
    assert (await publish(office, gate)).name_chunks
    for number in range(len(NAMES)):
        holder = f"{office.path}/tickets/{office.hex_of(number)}/holder"
        await office.office.call("DELETE", holder, office.owner)
    header = await publish(office, gate)
    assert header.name_chunks == ()
    assert header.name_seals == ()


@pytest.mark.either_database
async def test_names_stay_where_they_are_unless_the_organizer_lets_them_travel(
    ledger_office: LedgerOffice,
) -> None:
    """The setting is off by default, and what is turned off is gone from the next publication."""
    office, gate = ledger_office, await ledger_office.enrol()
    path = f"{office.owner.path}/supervisors"
    await office.office.ok("POST", path, office.owner, json={"name": "Jo", "pin": PIN})
    await name_holders(office)
    assert (await publish(office, gate)).name_chunks
    await office.office.ok("PATCH", office.path, office.owner, json={"policy": {}})
    header = await publish(office, gate)
    assert (header.name_chunks, header.name_seals) == ((), ())
