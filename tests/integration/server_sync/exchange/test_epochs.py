"""A ledger that went back closes, opens a higher epoch, and gets everything back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from server.exchange.epochs import declare_absent, list_behind, list_pending, open_higher_epoch
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import SECOND
from shared.manifest.signed_document import SignedDocument
from shared.wire.feed import FeedPage, Use
from shared.wire.relayed_by_gates import RELAY_VERSION, RelayedEntries
from tests.factories.ledger_office import (
    MSGPACK,
    GateDevice,
    LedgerOffice,
    open_doors,
    open_ledger_office,
    open_ledger_office_again,
)
from tests.factories.office import test_settings
from tests.factories.server_process import environment_of, run_verb, seeded


async def page_of(office: LedgerOffice, gate: GateDevice) -> tuple[SignedDocument, FeedPage]:
    """Fetch the newest page, as a device keeps it."""
    answer = await office.exchanged(gate, cursor=0)
    assert answer.page is not None
    return answer.page, office.open_page(answer.page)


async def ready_of(office: LedgerOffice) -> Any:
    """Ask whether the server is ready, a second after it was asked last."""
    office.office.clock.advance(2 * SECOND)
    answer = await office.office.call("GET", "/health/ready")
    return answer.status_code, answer.json()["checks"]["ledger"]["closed_organizations"]


async def forget(office: LedgerOffice) -> None:
    """Put the event's feed back, as an older copy of the database would have it."""
    async with office.office.database.write(org="*") as session:
        connection = await session.connection()
        for statement in (
            "DELETE FROM ticket_use",
            "DELETE FROM journal_entry",
            "DELETE FROM journal_boot",
            "DELETE FROM feed WHERE kind = 'use'",
            (
                "UPDATE event_feed SET seq = (SELECT coalesce(max(f.seq), 0) FROM feed f"
                " WHERE f.event_id = event_feed.event_id)"
            ),
        ):
            await connection.execute(text(statement))


@pytest.mark.either_database
async def test_ledger_closes_when_a_device_holds_its_later_word(
    ledger_office: LedgerOffice,
) -> None:
    """A signed head above the ledger's own closes it for claims and exchanges, with 503."""
    gate = await ledger_office.enrol()
    await ledger_office.claimed(gate, ledger_office.codes[0])
    document, page = await page_of(ledger_office, gate)
    await forget(ledger_office)
    answer = await ledger_office.exchange(gate, cursor=page.head, epoch=page.epoch, head=document)
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("ledger-behind")
    assert int(answer.headers["retry-after"]) > 0
    assert (await ledger_office.claim(gate, ledger_office.codes[1])).status_code == 503
    assert (await ledger_office.exchange(gate)).status_code == 503


async def test_ledger_closes_when_a_carrier_of_others_entries_holds_its_later_word(
    ledger_office: LedgerOffice,
) -> None:
    """What it brings would be judged by what is forgotten: a till's sales, by an older grant."""
    carrier, origin = await ledger_office.enrol(0), await ledger_office.enrol(1)
    await ledger_office.claimed(carrier, ledger_office.codes[0])
    document, _ = await page_of(ledger_office, carrier)
    await forget(ledger_office)
    ledger_office.scan(origin, 1, claim_id="cut-off")
    for head in (document, None):
        brought = RelayedEntries(
            RELAY_VERSION, ledger_office.event_id, tuple(origin.journal.entries), head
        )
        answer = await ledger_office.office.client.post(
            "/sync/v1/relayed/entries",
            content=msgspec.msgpack.encode(brought),
            headers=carrier.headers | {"content-type": MSGPACK},
        )
        assert answer.status_code == 503, answer.text
        assert answer.json()["type"].endswith("ledger-behind")
    async with ledger_office.office.database.read(org="*") as session:
        assert not (await session.execute(text("SELECT seq FROM journal_entry"))).all()


async def test_ledger_closes_for_nobody_else(ledger_office: LedgerOffice) -> None:
    """One organization's forgotten page stops its own gates: another's claim and sync on.

    If the whole database went back, the others' devices show it as well; one epoch is for all.
    """
    ours, theirs = ledger_office, await open_doors(ledger_office.office, 5)
    gate, other = await ours.enrol(), await theirs.enrol()
    await ours.claimed(gate, ours.codes[0])
    await theirs.claimed(other, theirs.codes[0])
    document, _ = await page_of(ours, gate)
    their_document, _ = await page_of(theirs, other)
    await forget(ours)
    assert (await ours.exchange(gate, head=document)).status_code == 503
    assert (await theirs.claim(other, theirs.codes[1])).status_code == 200
    assert (await theirs.exchange(other)).status_code == 200
    assert (await ours.claim(gate, ours.codes[1])).status_code == 503
    assert await ready_of(ours) == (200, 1)
    assert (await theirs.exchange(other, head=their_document)).status_code == 503
    assert (await theirs.claim(other, theirs.codes[2])).status_code == 503
    assert await ready_of(ours) == (200, 2)
    behind = await list_behind(ours.office.context)
    assert [word.device_id for word in behind] == [gate.id, other.id]
    await open_higher_epoch(ours.office.context, "test")
    assert await list_behind(ours.office.context) == []
    for office, device in ((ours, gate), (theirs, other)):
        assert (await office.exchange(device, cursor=0)).status_code == 200


@pytest.mark.either_database
async def test_ledger_stays_open_for_a_device_that_is_merely_up_to_date(
    ledger_office: LedgerOffice,
) -> None:
    """The newest page closes nothing."""
    gate = await ledger_office.enrol()
    await ledger_office.claimed(gate, ledger_office.codes[0])
    document, page = await page_of(ledger_office, gate)
    answer = await ledger_office.exchange(gate, cursor=page.head, epoch=page.epoch, head=document)
    assert answer.status_code == 200


@pytest.mark.either_database
async def test_forged_head_closes_nothing(ledger_office: LedgerOffice) -> None:
    """A page that was not signed by the organization's key is refused and has no effect."""
    gate = await ledger_office.enrol()
    document, page = await page_of(ledger_office, gate)
    body = msgspec.msgpack.encode(msgspec.structs.replace(page, head=page.head + 1_000))
    forged = msgspec.structs.replace(document, body=body)
    answer = await ledger_office.exchange(gate, head=forged)
    assert answer.status_code == 400
    assert (await ledger_office.claim(gate, ledger_office.codes[0])).status_code == 200


@pytest.mark.either_database
async def test_higher_epoch_gets_every_entry_back(ledger_office: LedgerOffice) -> None:
    """After the epoch is opened, claims wait for each device's journal, and nothing is lost."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    for number, gate in enumerate((north, south)):
        await ledger_office.claimed(gate, ledger_office.codes[number], f"claim-{number}x")
        ledger_office.scan(gate, number, claim_id=f"claim-{number}x", mode="online")
        await ledger_office.exchanged(gate, gate.journal.entries)
    document, page = await page_of(ledger_office, north)
    await forget(ledger_office)
    assert (await ledger_office.exchange(north, head=document)).status_code == 503
    state = await open_higher_epoch(ledger_office.office.context, "test")
    assert state.epoch == page.epoch + 1
    for gate in (north, south):
        assert (await ledger_office.claim(gate, ledger_office.codes[5])).status_code == 503
        told = await ledger_office.exchanged(gate, cursor=page.head, epoch=page.epoch)
        assert told.reoffer
        assert ledger_office.open_page(told.page).items == ()
        offered = await ledger_office.exchanged(gate, gate.journal.entries, epoch=state.epoch)
        assert not offered.reoffer
    assert await list_pending(ledger_office.office.context) == []
    fresh = await ledger_office.claimed(north, ledger_office.codes[5])
    assert (fresh["verdict"], fresh["epoch"]) == ("admit", state.epoch)
    for number in (0, 1):
        used = await ledger_office.claimed(south, ledger_office.codes[number])
        assert used["reason"] == "already_used"
    feed = await ledger_office.read_feed(north)
    assert len([item for item in feed if isinstance(item, Use)]) == 3


@pytest.mark.either_database
async def test_end_of_a_journal_is_not_taken_for_all_of_it(ledger_office: LedgerOffice) -> None:
    """Its beginning is still on the way: claims wait, or what it used would be let in again."""
    gate = await ledger_office.enrol(0)
    for number in range(3):
        ledger_office.scan(gate, number)
    await ledger_office.exchanged(gate, gate.journal.entries)
    await forget(ledger_office)
    state = await open_higher_epoch(ledger_office.office.context, "test")
    assert (await ledger_office.exchanged(gate, epoch=state.epoch - 1)).reoffer
    late = await ledger_office.exchanged(gate, gate.journal.entries[2:], epoch=state.epoch)
    assert {one.status for one in late.answers} == {"gap"}
    assert (await ledger_office.claim(gate, ledger_office.codes[0])).status_code == 503
    await ledger_office.exchanged(gate, gate.journal.entries, epoch=state.epoch)
    used = await ledger_office.claimed(gate, ledger_office.codes[0])
    assert used["reason"] == "already_used"


async def one_waits_for_the_other(office: LedgerOffice) -> tuple[GateDevice, GateDevice]:
    """Open an epoch in which only the first of two devices has offered its journal."""
    gate, other = await office.enrol(0), await office.enrol(1)
    state = await open_higher_epoch(office.office.context, "test")
    await office.exchanged(gate, epoch=state.epoch - 1)
    await office.exchanged(gate, epoch=state.epoch)
    assert (await office.claim(gate, office.codes[0])).status_code == 503
    return gate, other


async def test_absent_device_is_waited_for_no_longer(ledger_office: LedgerOffice) -> None:
    """An operator's word frees the claims of the event."""
    gate, lost = await one_waits_for_the_other(ledger_office)
    await declare_absent(ledger_office.office.context, DeviceId(lost.id), "burnt")
    assert (await ledger_office.claim(gate, ledger_office.codes[0])).status_code == 200


@pytest.mark.either_database
async def test_revoked_device_is_waited_for_no_longer(ledger_office: LedgerOffice) -> None:
    """What it would offer takes no effect by itself: nobody is kept waiting for it."""
    gate, stolen = await one_waits_for_the_other(ledger_office)
    path = f"{ledger_office.owner.path}/devices/{stolen.id}/revoke"
    await ledger_office.office.ok("POST", path, ledger_office.owner, json={"reason": "stolen"})
    assert await list_pending(ledger_office.office.context) == []
    assert (await ledger_office.claim(gate, ledger_office.codes[0])).status_code == 200


@pytest.mark.either_database
async def test_device_that_never_heard_the_question_is_asked_again(
    ledger_office: LedgerOffice,
) -> None:
    """The answer that asked it was lost, and it holds no page yet that would tell its epoch."""
    gate = await ledger_office.enrol(0)
    state = await open_higher_epoch(ledger_office.office.context, "test")
    for _ in range(2):
        assert (await ledger_office.exchanged(gate, epoch=0)).reoffer
    assert len(await list_pending(ledger_office.office.context)) == 1
    assert not (await ledger_office.exchanged(gate, epoch=state.epoch)).reoffer
    assert await list_pending(ledger_office.office.context) == []


@pytest.mark.either_database
async def test_device_without_an_event_is_asked_until_it_has_heard(
    ledger_office: LedgerOffice,
) -> None:
    """It gets no page that would tell its epoch: what it did at former events would be lost.

    One of before, which cannot say that it heard, is asked once.
    """
    gate, older = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.scan(gate, 0)
    await ledger_office.exchanged(gate, gate.journal.entries)
    await forget(ledger_office)
    state = await open_higher_epoch(ledger_office.office.context, "test")
    for _ in range(3):  # each answer is lost
        asked = await ledger_office.exchanged(gate, event_id="", offers_for=0)
        assert (asked.reoffer, asked.epoch) == (True, state.epoch)
    for expected in (True, False):
        assert (await ledger_office.exchanged(older, event_id="")).reoffer is expected
    waiting = [one.device_id for one in await list_pending(ledger_office.office.context)]
    assert waiting == [gate.id]
    entries = gate.journal.entries
    done = await ledger_office.exchanged(gate, entries, event_id="", offers_for=state.epoch)
    assert not done.reoffer
    assert await list_pending(ledger_office.office.context) == []
    used = await ledger_office.claimed(older, ledger_office.codes[0])
    assert used["reason"] == "already_used"


async def test_copy_put_back_without_a_word_is_noticed(
    tmp_path: Path, migrated_sqlite: Path
) -> None:
    """Copy the file, go on for claims, put the copy back: the first sync closes the ledger."""
    file = tmp_path / "gatekeeper.db"
    shutil.copyfile(migrated_sqlite, file)
    settings = test_settings(f"sqlite:///{file}", tmp_path)
    async with open_ledger_office(settings) as office:
        gate = await office.enrol()
        await office.claimed(gate, office.codes[0])
    shutil.copyfile(file, tmp_path / "yesterday.db")
    async with open_ledger_office_again(settings, office) as again:
        for code in again.codes[1:6]:
            await again.claimed(gate, code)
        document, page = await page_of(again, gate)
    for name in ("gatekeeper.db-wal", "gatekeeper.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copyfile(tmp_path / "yesterday.db", file)
    async with open_ledger_office_again(settings, office) as again:
        answer = await again.exchange(gate, cursor=page.head, epoch=page.epoch, head=document)
        assert answer.status_code == 503
        assert (await again.claim(gate, again.codes[7])).status_code == 503


def test_operator_opens_an_epoch_and_lets_devices_go(tmp_path: Path) -> None:
    """The verb shows what the ledger waits for, opens, and forgets a lost device."""
    environment = environment_of(tmp_path / "data")
    load = seeded(environment, tmp_path, tickets=5, gates=1, devices=2)
    lost = load["devices"][0]["device_id"]
    acts = (("show",), ("open", "--reason", "test"), ("absent", lost))
    said = "".join(run_verb(environment, "epoch", *words) for words in acts)
    lines = [json.loads(line) for line in said.splitlines()]
    states = [(line["epoch"], line["waiting"]) for line in lines if "epoch" in line]
    assert states == [(1, 0), (2, 2), (2, 1)]
    assert lines[-1]["device"] == load["devices"][1]["device_id"]
