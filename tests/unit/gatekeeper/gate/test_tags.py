"""Tags at a lane: the same pipeline as a text, and each reading resolved once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.media_setting import MEDIA_NAME
from gatekeeper.gate.requests import Override, Scan
from gatekeeper.readers.nfc.reading import read_tag
from gatekeeper.readers.nfc.tag_scan import TagChecks, TagScan
from shared.credential.credential_fields import Claims
from shared.credential.signing import sign_credential
from shared.credential.tag_originality import Originality
from shared.credential.uid_media import medium_code
from shared.journal.chain import decode_body, decode_entry, hash_code
from shared.journal.entry import ScanBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import TicketId, TicketTypeId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import Duration
from shared.manifest.event_config import TicketTypeConfig
from shared.manifest.presenting import TAG_MARK, foreign_ticket_id
from shared.manifest.tickets import TicketRow
from tests.factories.gate_event import (
    EVENT,
    GROUP,
    STANDARD,
    TicketFacts,
    TicketOffice,
    make_config,
)
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.nfc_links import MemoryLink
from tests.fakes.nfc_tags import FakeNtag424
from tests.fakes.sync_server import FakeSyncServer

UID = bytes.fromhex("04a1b2c3d4e5f6")
OTHER = bytes.fromhex("04a1b2c3d4e5f7")


class Venue:
    """A server, one gate, and tickets on tags."""

    def __init__(self, folder: Path, **config: object) -> None:
        self.office = TicketOffice(config=make_config(knowledge_age_max=None, **config))
        self.server = FakeSyncServer(self.office, ManualClock())
        self.gate = PairedGate(folder, self.server)
        self.taps = 0

    def sell(self, code: int = STANDARD, uid: bytes | None = UID) -> bytes:
        """Sell a ticket and sign it for a tag."""
        self.office.sell(code)
        ticket_id = list(self.office.rows)[-1]
        return sign_credential(
            Claims(key_id=7, ticket_id=TicketId(ticket_id), ticket_type_code=code, tag_uid=uid),
            self.office.ticket_key,
        )

    def point(self, uid: bytes) -> int:
        """Import a ticket that a tag's UID points at."""
        ticket_id = foreign_ticket_id(medium_code(uid), EVENT)
        facts = TicketFacts(STANDARD, is_imported=True).facts()
        self.office.rows[ticket_id] = TicketRow(ticket_id, facts)
        return ticket_id

    def tap(self, credential: bytes | None, uid: bytes = UID, text: str | None = None) -> TagScan:
        """Hold a tag to the reader."""
        self.taps += 1
        return TagScan(uid, "NTAG213", credential, text, TagChecks(), "desk", Duration(self.taps))

    async def open(self, *, cut: bool = False) -> GateSession:
        """Sync, and perhaps cut the cable afterwards."""
        self.server.publish()
        session = await self.gate.open()
        await session.sync_once()
        self.server.is_cut = cut
        return session


def scans_of(session: GateSession) -> list[ScanBody]:
    """Return the journal's scans."""
    journal = session.store.journal
    bodies = [decode_body(decode_entry(signed.entry)) for _, signed in journal.read(1, 10_000)]
    return [body for body in bodies if isinstance(body, ScanBody)]


@pytest.mark.parametrize("cut", [False, True])
async def test_a_bound_ticket_is_admitted_once(tmp_path: Path, cut: bool) -> None:
    """Online and alone alike: claimed with its UID, recorded, and used afterwards."""
    venue = Venue(tmp_path)
    ticket = venue.sell()
    session = await venue.open(cut=cut)
    first = await session.scan(Scan(venue.tap(ticket)))
    second = await session.scan(Scan(venue.tap(ticket)))
    copied = await session.scan(Scan(venue.tap(ticket, OTHER)))
    redrawn = await session.scan(Scan(ticket.hex()))
    assert [answer.reason for answer in (first, second, copied)] == [
        "ok",
        "already_used",
        "bad_signature",
    ]
    assert redrawn.verdict == "deny"
    assert first.mode == ("offline" if cut else "online")
    assert first.ticket_id == format_ticket_id(TicketId(next(iter(venue.office.rows))))
    if not cut:
        assert venue.server.claims_seen[0].code == ticket.hex()
        assert venue.server.claims_seen[0].tag_uid == UID.hex()
    await session.close()


async def test_the_journal_tells_a_tag_from_a_text_of_the_same_digits(tmp_path: Path) -> None:
    """The hash of what was scanned is one that no text has."""
    venue = Venue(tmp_path)
    ticket = venue.sell()
    session = await venue.open(cut=True)
    await session.scan(Scan(venue.tap(ticket)))
    await session.scan(Scan(ticket.hex()))
    by_tag, by_text = (body.code_hash for body in scans_of(session))
    assert by_tag == hash_code(TAG_MARK + ticket.hex(), EVENT)
    assert by_text == hash_code(ticket.hex(), EVENT)
    with pytest.raises(UnicodeEncodeError):
        TAG_MARK.encode()
    await session.close()


async def test_a_group_on_a_tag_is_asked_and_goes_on(tmp_path: Path) -> None:
    """How many pass is asked before, the proof after; all of it is one scan."""
    venue = Venue(
        tmp_path,
        ticket_types=(
            TicketTypeConfig(
                id=TicketTypeId("g"), code=GROUP, name="G", occurrence_id=None, persons=5
            ),
        ),
    )
    ticket = venue.sell(GROUP)
    session = await venue.open()
    tap = venue.tap(ticket)
    outlook = session.supervision.outlook(Scan(tap))
    assert outlook is not None
    assert outlook.most == 5
    answer = await session.scan(Scan(tap, count=4))
    assert (answer.reason, answer.remaining) == ("ok", 1)
    await session.close()


async def test_a_forged_chip_is_denied_and_a_blank_tag_is_no_ticket(tmp_path: Path) -> None:
    """The default rule: a maker's signature that is there must be right."""
    venue = Venue(tmp_path)
    ticket = venue.sell()
    session = await venue.open(cut=True)
    forged = replace(venue.tap(ticket), checks=TagChecks(Originality.FORGED))
    assert (await session.scan(Scan(forged))).reason == "bad_signature"
    assert (await session.scan(Scan(venue.tap(None)))).reason == "malformed"
    with pytest.raises(BadInput):
        session.supervision.override(Override(Scan(forged), "trust_me", "us_1"))
    await session.close()


async def test_a_text_on_a_tag_is_claimed_as_a_text(tmp_path: Path) -> None:
    """A printed ticket's digits in a text record, as if they had been scanned."""
    venue = Venue(tmp_path)
    digits = venue.office.sell()
    session = await venue.open()
    answer = await session.scan(Scan(venue.tap(None, text=digits)))
    assert answer.reason == "ok"
    assert venue.server.claims_seen[0].code == digits
    assert venue.server.claims_seen[0].tag_uid is None
    assert (await session.scan(Scan(digits))).reason == "already_used"
    await session.close()


async def test_a_tag_before_the_first_manifest_is_referred(tmp_path: Path) -> None:
    """Nothing is known and nothing is taken from it."""
    venue = Venue(tmp_path)
    ticket = venue.sell()
    session = await venue.gate.open()
    tap = venue.tap(ticket)
    assert (await session.scan(Scan(tap))).reason == "stale_manifest"
    venue.server.publish()
    await session.sync_once()
    assert (await session.scan(Scan(tap))).reason == "ok"
    await session.close()


# ---------------------------------------------------------------- by the profile's rule


def _set_up(folder: Path, **setting: object) -> None:
    (folder / MEDIA_NAME).write_text(json.dumps(setting))


async def test_a_wristband_points_at_its_ticket(tmp_path: Path) -> None:
    """Where the profile says so, and by the UID alone, online and alone."""
    venue = Venue(tmp_path)
    ticket_id = venue.point(UID)
    session = await venue.open()
    assert (await session.scan(Scan(venue.tap(None)))).reason == "malformed"
    await session.close()
    _set_up(tmp_path, points_by_uid=True)
    session = await venue.open()
    answer = await session.scan(Scan(venue.tap(None)))
    assert answer.reason == "ok"
    assert answer.ticket_id is not None
    assert parse_ticket_id(answer.ticket_id) == ticket_id
    assert (venue.server.claims_seen[-1].code, venue.server.claims_seen[-1].tag_uid) == (
        "",
        UID.hex(),
    )
    assert (await session.scan(Scan(medium_code(UID)))).reason == "malformed"
    await session.close()


def _read(tag: FakeNtag424, at: int) -> TagScan:
    return read_tag(MemoryLink(tag), source="desk", at_monotonic=Duration(at))


async def test_a_sun_message_is_taken_once_over_restarts(tmp_path: Path) -> None:
    """Asked twice about one tap it is one scan; a replay is denied, also after a restart."""
    tag = FakeNtag424()
    venue = Venue(tmp_path)
    venue.point(tag.uid)
    _set_up(tmp_path, sun={"file_key": bytes(16).hex()})
    session = await venue.open(cut=True)
    tap = _read(tag, 1)
    session.supervision.outlook(Scan(tap))
    first = await session.scan(Scan(tap))
    again = await session.scan(Scan(tap, claim_id=first.claim_id))
    assert (first.reason, again.reason, again.is_repeat) == ("ok", "ok", True)
    assert (
        await session.scan(Scan(replace(tap, at_monotonic=Duration(2))))
    ).reason == "bad_signature"
    await session.close()

    session = await venue.gate.open()
    assert session.store.taps.highest(tag.uid) == 1
    assert (
        await session.scan(Scan(replace(tap, at_monotonic=Duration(3))))
    ).reason == "bad_signature"
    assert (await session.scan(Scan(_read(tag, 4)))).reason == "already_used"
    assert session.store.taps.highest(tag.uid) == 2
    await session.close()


@pytest.mark.parametrize(
    "setting",
    [
        {"originality": "maybe"},
        {"point_by_uid": True},
        {"sun": {}},
        {"sun": {"file_key": "00"}},
        {"sun": {"file_key": "x" * 32}},
        {"sun": {"file_key": "00" * 16, "system": "00" * 25}},
        [],
    ],
)
async def test_a_rule_that_cannot_be_understood_opens_no_gate(
    tmp_path: Path, setting: object
) -> None:
    """A slip of the pen must not admit more than was meant; no key is shown."""
    venue = Venue(tmp_path)
    (tmp_path / MEDIA_NAME).write_text(json.dumps(setting))
    with pytest.raises(BadInput, match=r"media\.json") as caught:
        await venue.gate.open()
    assert "xx" not in str(caught.value)
