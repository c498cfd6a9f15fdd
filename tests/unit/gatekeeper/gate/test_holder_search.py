"""Holders found by name at a gate that is cut off, by a supervisor's badge only."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.holder_search import NameSearch
from gatekeeper.gate.requests import Override, Scan
from gatekeeper.gate.scanned import PickedTicket
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import ScanBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import TicketId
from shared.kernel.ids import parse_ticket_id
from shared.manifest.sealed_names_for_search import badge_public_key, badge_seed, seal_names
from shared.manifest.signed_document import DocumentKind
from tests.factories.gate_device import GateDevice, OneManifest
from tests.factories.gate_event import (
    EVENT,
    GROUP,
    ORGANIZATION,
    STARTS,
    TicketOffice,
    build_manifest,
)
from tests.fakes.entropy import SeededEntropy

BADGE = "GKB1-ABCDE-FGHJK-MNPQR"
JO = "sv_0123456789ab"


async def open_device(folder: Path, office: TicketOffice, names: tuple[str, ...]) -> GateDevice:
    """Open a device with a manifest that holds these names, sealed for Jo's badge."""
    header, chunks = build_manifest(
        office.config, office.keyring, list(office.rows.values()), sequence=1
    )
    sealed = seal_names(
        zip(office.rows, names, strict=False),
        event_id=EVENT,
        supervisors=[(JO, badge_public_key(badge_seed(BADGE, ORGANIZATION)))],
        entropy=SeededEntropy("names"),
    )
    if names:
        header = msgspec.structs.replace(header, name_chunks=sealed.refs, name_seals=sealed.seals)
        chunks |= sealed.chunks
    device = GateDevice(folder, office)
    document = office.signer.sign(DocumentKind.MANIFEST, header, STARTS)
    await device.install(OneManifest(document, chunks))
    return device


async def test_a_holder_is_found_with_type_and_entry(tmp_path: Path) -> None:
    """By any word, without accents, and with what this gate knows of the ticket."""
    office = TicketOffice()
    first, _ = office.sell(), office.sell()
    device = await open_device(tmp_path, office, ("Anna Müller", "Søren Berg"))
    search = NameSearch(device.store, device.knowledge)
    search.take_badge(JO, BADGE)
    await device.lane.scan(Scan(first))
    (found,) = search.search("mull", JO)
    assert (found.name, found.ticket_type, found.state, found.gate) == (
        "Anna Müller",
        "Standard",
        "paid",
        "North",
    )
    assert found.entered_at is not None
    (other,) = search.search("soren", JO)
    assert other.entered_at is None
    assert search.search("m", JO) == ()


async def test_without_the_badge_and_after_locking_nothing_opens(tmp_path: Path) -> None:
    """The disk alone, another badge, another person, and a gate that was locked: nothing."""
    office = TicketOffice()
    office.sell()
    device = await open_device(tmp_path, office, ("Anna Müller",))
    search = NameSearch(device.store, device.knowledge)
    for person, badge in ((JO, None), (JO, "GKB1-ZZZZZ-ZZZZZ-ZZZZZ"), ("sv_other", BADGE)):
        if badge is not None:
            search.take_badge(person, badge)
        with pytest.raises(BadInput, match="badge"):
            search.search("mull", JO)
    search.take_badge(JO, BADGE)
    assert len(search.search("mull", JO)) == 1
    search.forget()
    with pytest.raises(BadInput, match="badge"):
        search.search("mull", JO)


async def test_an_event_without_names_says_so(tmp_path: Path) -> None:
    """The organizer has named nobody, or lets nobody search."""
    office = TicketOffice()
    office.sell()
    device = await open_device(tmp_path, office, ())
    search = NameSearch(device.store, device.knowledge)
    search.take_badge(JO, BADGE)
    with pytest.raises(BadInput, match="any names"):
        search.search("anna", JO)


async def test_who_was_found_is_admitted_and_found_as_such(tmp_path: Path) -> None:
    """Without a code: the ticket is used, and the journal names person, reason and ticket."""
    office = TicketOffice()
    code = office.sell()
    device = await open_device(tmp_path, office, ("Anna Müller",))
    search = NameSearch(device.store, device.knowledge)
    search.take_badge(JO, BADGE)
    (found,) = search.search("anna", JO)
    ticket = PickedTicket(parse_ticket_id(found.ticket_id), JO, "identity_confirmed")
    answer = await device.lane.scan(Scan(ticket))
    assert (answer.verdict, answer.reason, answer.ticket_id) == ("admit", "ok", found.ticket_id)
    ((_, signed),) = device.store.journal.read(answer.seq, answer.seq)
    body = decode_body(decode_entry(signed.entry))
    assert isinstance(body, ScanBody)
    assert (body.person, body.why, body.ticket_id) == (
        JO,
        "identity_confirmed",
        ticket.ticket_id,
    )
    assert (await device.lane.scan(Scan(code))).reason == "already_used"
    (again,) = search.search("anna", JO)
    assert again.entered_at is not None


async def test_a_cancelled_ticket_is_nobodys_to_admit_by_name_either(tmp_path: Path) -> None:
    """What a code could not be overridden for, a name cannot."""
    office = TicketOffice()
    office.sell(state="cancelled")
    device = await open_device(tmp_path, office, ("Anna Müller",))
    for ticket_id in (next(iter(office.rows)), 4711):
        with pytest.raises(BadInput, match="never be admitted"):
            device.lane.override(
                Override(Scan(PickedTicket(TicketId(ticket_id), JO, "")), "organizer", JO)
            )


async def test_a_proof_and_a_group_are_told_with_the_name(tmp_path: Path) -> None:
    """The supervisor's screen asks for both before anybody is let in."""
    office = TicketOffice()
    kinds = tuple(
        msgspec.structs.replace(kind, check_id=kind.code == GROUP)
        for kind in office.config.ticket_types
    )
    office.config = msgspec.structs.replace(office.config, ticket_types=kinds)
    office.sell(GROUP)
    device = await open_device(tmp_path, office, ("Anna Müller",))
    search = NameSearch(device.store, device.knowledge)
    search.take_badge(JO, BADGE)
    (found,) = search.search("anna", JO)
    assert (found.persons, found.checks_id) == (5, True)
