"""What travels: requests, documents, feed pages, journal entries, chunks, key files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from server.claims.claim_body import read_claim
from server.entries.checking_uploaded_entries import check_entry
from server.http.json_body import decode_body as decode_json
from server.http.msgpack_body import read_packed
from shared.admission.organizer_rule_parsing import parse_rule
from shared.credential.inspecting import parse_key_file
from shared.journal.chain import SignedEntry, decode_body, decode_entry, is_signed_by
from shared.journal.entry import Entry, NoteBody, ReturnBody, ScanBody, UndoBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, DeviceId, OccurrenceId, TicketId
from shared.kernel.instant import Duration
from shared.kernel.packing import pack
from shared.kernel.undecodable import UNDECODABLE
from shared.manifest.chunk_columns import decode_columns
from shared.manifest.header import ManifestHeader
from shared.manifest.signed_document import (
    DocumentKind,
    SignedDocument,
    decode_document,
    encode_document,
    open_document,
)
from shared.wire.claim import ClaimRequest, SeenItem
from shared.wire.enrol import EnrolRequest
from shared.wire.enrol_code import code_keys, sign_enrolment
from shared.wire.exchange import (
    EXCHANGE_VERSION,
    ExchangeRequest,
    ExchangeResponse,
    KnownZoneShare,
)
from shared.wire.feed import FeedItem, FeedPage, Use, decode_item, encode_item_body
from shared.wire.relayed_by_gates import RELAY_VERSION, RelayedClaim, RelayedEntries
from soak.fuzz.mutate import Dice
from soak.fuzz.target import Target
from tests.factories.gate_event import EVENT, NORTH, ORGANIZATION, STARTS, ZONE, TicketOffice
from tests.factories.house import DEVICE_KEY
from tests.factories.ledger_office import Journal

DEVICE: Final = DeviceId("dv_fuzz")
_EXCHANGE: Final = msgspec.msgpack.Decoder(ExchangeRequest)
_RESPONSE: Final = msgspec.msgpack.Decoder(ExchangeResponse)
_CLAIM: Final = msgspec.msgpack.Decoder(RelayedClaim)
_ENTRIES: Final = msgspec.msgpack.Decoder(RelayedEntries)


def wire_targets() -> list[Target]:
    """List what reads bodies, documents and entries."""
    office = TicketOffice("wire")
    for _ in range(50):
        office.sell()
    document, chunks = office.publish()
    entries = _sign_entries()
    feed = office.signer.sign(DocumentKind.FEED, _make_page(), STARTS)
    return [
        *_request_targets(office, document, entries),
        *_document_targets(office, [document, feed]),
        *_entry_targets(entries),
        _target("chunk", list(chunks.values()), _quiet(lambda b: decode_columns(b, 8, 1))),
        _target("exchange's answer", [pack(_make_answer(feed))], _quiet(_RESPONSE.decode)),
    ]


def _request_targets(
    office: TicketOffice, document: SignedDocument, entries: list[SignedEntry]
) -> list[Target]:
    claim = ClaimRequest(
        code=office.sell(), gate_id=NORTH, direction="in", claim_id=ClaimId("c" * 32),
        seen=SeenItem(1, 2, 3),
        scanned_at="2026-07-04T18:00:00Z", count=2, journalled=True,
    )  # fmt: skip
    request = ExchangeRequest(
        v=EXCHANGE_VERSION, event_id=EVENT, epoch=1, cursor=7, head=document,
        entries=tuple(entries), sent_at=STARTS, shares=(KnownZoneShare(ZONE, 5),), gate_id=NORTH,
    )  # fmt: skip
    relayed = RelayedClaim(RELAY_VERSION, DEVICE, msgspec.json.encode(claim), bytes(64))
    carried = RelayedEntries(RELAY_VERSION, EVENT, tuple(entries))
    keys = msgspec.json.encode([{"kid": "0007", "public_key": "ab" * 32}])
    rule = b'{"all":[{"fact":"now","cmp":"before","value":"2026-07-04T20:00:00Z"}]}'
    found: list[tuple[str, bytes, Callable[[bytes], object]]] = [
        ("claim", msgspec.json.encode(claim), read_claim),
        ("exchange", pack(request), lambda b: read_packed(b, _EXCHANGE, 1, "exchange")),
        ("relayed claim", pack(relayed), lambda b: read_packed(b, _CLAIM, 1, "claim")),
        ("relayed entries", pack(carried), lambda b: read_packed(b, _ENTRIES, 1, "entries")),
        ("key file", keys, parse_key_file),
        ("rule", rule, lambda b: parse_rule(msgspec.json.decode(b))),
        ("enrolment", _enrolment(), lambda b: decode_json(b, EnrolRequest)),
    ]
    return [_target(name, [sample], _quiet(read)) for name, sample, read in found]


def _document_targets(office: TicketOffice, documents: list[SignedDocument]) -> list[Target]:
    root = office.root.public_key

    def read_document(encoded: bytes) -> str:
        signed = decode_document(encoded)
        kind = DocumentKind.FEED if signed.kind == DocumentKind.FEED else DocumentKind.MANIFEST
        opened: ManifestHeader | FeedPage
        if kind is DocumentKind.FEED:
            opened = open_document(
                signed, kind, FeedPage, root_public_key=root, organization_id=ORGANIZATION
            )
        else:
            opened = open_document(
                signed, kind, ManifestHeader, root_public_key=root, organization_id=ORGANIZATION
            )
        is_altered = signed not in documents
        return f"an altered document was opened: {opened!r:.200}" if is_altered else ""

    def read_page(encoded: bytes) -> None:
        for item in msgspec.msgpack.decode(encoded, type=FeedPage).items:
            decode_item(item)

    return [
        _target("document", [encode_document(one) for one in documents], read_document),
        _target("feed page", [pack(_make_page())], read_page),
    ]


def _entry_targets(entries: list[SignedEntry]) -> list[Target]:
    known = {(one.entry, one.signature) for one in entries}

    def read_entry(encoded: bytes) -> str:
        signed = msgspec.msgpack.decode(encoded, type=SignedEntry)
        checked = check_entry(signed, DEVICE, is_signed=_is_signed(signed))
        if not checked.problem and (signed.entry, signed.signature) not in known:
            return f"an altered entry was taken: {encoded!r:.200}"
        return ""

    def read_body(encoded: bytes) -> None:
        entry = msgspec.msgpack.decode(encoded, type=Entry)
        decode_body(decode_entry(pack(entry)))

    return [
        _target("signed entry", [pack(one) for one in entries], read_entry),
        _target("entry's body", [one.entry for one in entries], read_body),
    ]


def _quiet(read: Callable[[bytes], object]) -> Callable[[bytes], None]:
    def read_and_forget(encoded: bytes) -> None:
        read(encoded)

    return read_and_forget


def _target(name: str, samples: list[bytes], read: Callable[[bytes], str | None]) -> Target:
    def read_calmly(encoded: bytes) -> str:
        try:
            return read(encoded) or ""
        except UNDECODABLE:
            return ""  # what the bare decoder says; the product's own readers name it

    def draw(dice: Dice) -> bytes:
        return dice.spoil(dice.random.choice(samples), samples)

    return Target(name=name, weight=1, draw=draw, read=read_calmly)


def _sign_entries() -> list[SignedEntry]:
    journal = Journal(DEVICE, DEVICE_KEY, b"boot-000")
    scan = ScanBody(
        claim_id=ClaimId("c" * 32),
        gate_id=NORTH,
        zone_id=ZONE,
        occurrence_id=OccurrenceId("oc_1"),
        direction="in",
        count=1,
        ticket_id=TicketId(5),
        generation=0,
        key_id=7,
        code_hash=bytes(16),
        verdict="admit",
        reason="ok",
        mode="offline",
    )
    bodies: list[Any] = [
        scan,
        UndoBody(ClaimId("c" * 32), TicketId(5), "sv_1", "mistake"),
        NoteBody("unlocked", "", "sv_1"),
        ReturnBody(ZONE, 3),
    ]
    return [journal.add(body, EVENT, STARTS) for body in bodies]


def _is_signed(signed: SignedEntry) -> bool:
    return is_signed_by(signed, DEVICE_KEY.public_key)


def _make_page() -> FeedPage:
    use = Use(
        claim_id=ClaimId("c" * 32),
        ticket_id=TicketId(5),
        zone_id=ZONE,
        direction="in",
        at=STARTS,
        at_error=Duration(0),
        count=1,
        gate_id=NORTH,
        device_id=DEVICE,
        mode="online",
    )
    kind, body = encode_item_body(use)
    return FeedPage(
        v=1,
        event_id=EVENT,
        epoch=1,
        after=6,
        items=(FeedItem(7, kind.value, body, 9),),
        head=7,
        manifest_sequence=1,
    )


def _make_answer(feed: Any) -> ExchangeResponse:
    return ExchangeResponse(
        v=EXCHANGE_VERSION, answers=(), marks=(), page=feed, received_at=STARTS, answered_at=STARTS
    )


def _enrolment() -> bytes:
    keys = code_keys("7K2M-9Q4T-1X0C-8F3Z")
    key = SigningKey(bytes(32))
    return msgspec.json.encode(sign_enrolment(keys, key, name="North 1", program="soak"))
