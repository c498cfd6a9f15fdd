"""A small ledger in the test's own process that keeps the wire's contract honestly.

Everything that it signs is signed, every entry that it takes is checked link by link, and each
request and answer goes through the wire's own encoding. Its faults are switched by attributes.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TypeVar

from shared.admission.facts import Direction, ScanFacts, UseFact
from shared.admission.purpose import WITHDRAWING, Purpose
from shared.admission.reasons import Reason
from shared.credential.keyring import IdRange, Keyring, TicketKey
from shared.evacuations.standing_words import is_stopped, take_notice
from shared.journal.chain import (
    ChainHead,
    SignedEntry,
    decode_body,
    decode_entry,
    find_link_fault,
    is_signed_by,
)
from shared.journal.entry import Entry, ReleaseBody, ScanBody, UndoBody
from shared.journal.sale_body import SaleBody
from shared.kernel.ed25519 import is_valid
from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.id_types import ConflictId, DeviceId, SeatId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Duration, format_instant, parse_instant
from shared.manifest.case_of_shown_code import open_case, rule
from shared.manifest.fact_building import EventIndex
from shared.manifest.presenting import present_claim
from shared.manifest.signed_document import DocumentKind, SignedDocument
from shared.manifest.tickets import TicketClass, TicketRow
from shared.sales.cashiers import CashierConfig, digest_cashiers
from shared.wire.claim import ClaimAnswer, ClaimRequest, PriorUse
from shared.wire.enrol import EnrolAnswer, EnrolRequest
from shared.wire.enrol_code import code_keys, is_code_proven, is_key_proven
from shared.wire.exchange import (
    EXCHANGE_VERSION,
    BootMark,
    EntryAnswer,
    EntryStatus,
    ExchangeRequest,
    ExchangeResponse,
)
from shared.wire.feed import (
    FEED_VERSION,
    Annul,
    ConfigChange,
    ConflictNotice,
    EvacuationNotice,
    FeedItem,
    FeedPage,
    ItemBody,
    Use,
    decode_item,
    encode_item_body,
)
from shared.wire.till_key import TILL_KEY_CONTEXT, AllotmentGrant, TillKeyAnswer, TillKeyRequest
from shared.wire.voucher import VoucherAnswer
from tests.factories.gate_event import EVENT, ORGANIZATION, TicketOffice
from tests.fakes.clock import ManualClock
from tests.fakes.device_link import DeviceLink
from tests.fakes.withdrawals import decide, grant

T = TypeVar("T")
_LOTS = itertools.count(1)


class FakeSyncServer:
    """The ledger of one event.

    Attributes:
        office: Its tickets and keys.
        clock: Its own time.
        epoch: Ledger epoch.
        is_cut: The network is down: requests never arrive.
        loses_answers: Requests are carried out, and their answers are lost.
        hangs: Requests are carried out, and nobody ever hears of it.
        revoked: Devices that are told of the event no more.
        till_keys: Delegated keys by device.
        allotment: What a till is granted.
        voucher_answers: To what is asked about vouchers next, None for an answer that is lost;
            without any, there are no vouchers.
    """

    def __init__(self, office: TicketOffice, clock: ManualClock) -> None:
        self.office, self.clock = office, clock
        self.epoch = 1
        self.is_cut = self.loses_answers = self.hangs = False
        self.cut_off: set[str] = set()
        self.wants_reoffer = False
        self.offered_for: list[int | None] = []
        self.has_lots, self.is_silent = True, False
        self.public_keys: dict[str, bytes] = {}
        self.roles: dict[str, str] = {}
        self.cashiers: tuple[CashierConfig, ...] = ()
        self.codes: dict[str, str] = {}
        self.items: list[FeedItem] = []
        self.uses: dict[str, Use] = {}
        self.annulled: set[str] = set()
        self.conflicts: dict[tuple[int, str], ConflictNotice] = {}
        self.entries: dict[tuple[str, bytes], list[SignedEntry]] = {}
        self.answers: dict[str, ClaimAnswer] = {}
        self.claims_seen: list[ClaimRequest] = []
        self.exchanges = self.roster_fetches = self.manifest_sequence = 0
        self.revoked: set[str] = set()
        self.chunk_requests: list[bytes] = []
        self.manifest: SignedDocument | None = None
        self.chunks: dict[bytes, bytes] = {}
        self.allotment = {1: 3}
        self.till_key_ids: dict[str, int] = {}
        self.pushed = asyncio.Event()
        self.pushed_page: SignedDocument | None = None
        self.roster: SignedDocument | None = None
        self.roster_version, self.tells_roster = (0, 0), True
        self.lan_addresses: dict[str, str] = {}
        self.seat_states: list[tuple[SeatId, str]] = []
        self.voucher_answers: list[VoucherAnswer | None] = []

    # -- what the organizer does ----------------------------------------------------------------

    def publish(self) -> None:
        """Sign a new manifest of all tickets."""
        self.manifest_sequence += 1
        self.manifest, self.chunks = self.office.publish(
            sequence=self.manifest_sequence,
            epoch=self.epoch,
            cursor=len(self.items),
            at=self.clock.wall(),
        )

    def change_ticket(self, row: TicketRow) -> None:
        """Change a ticket, or add one."""
        self.office.rows[row.ticket_id] = row
        self.append(row)

    def change_config(self) -> None:
        """Tell the office's present configuration and keyring."""
        self.append(ConfigChange(self.office.config, self.office.keyring))

    def enrolled(self, device_id: DeviceId, public_key: bytes, role: str = "gate") -> DeviceLink:
        """Know a device, and give its end of the wire."""
        self.public_keys[device_id] = public_key
        self.roles[device_id] = role
        return DeviceLink(self, device_id)

    def restore(self, copy: FakeSyncServer) -> None:
        """Become an earlier copy of this server, as after a restore from backup."""
        for name in ("epoch", "items", "uses", "annulled", "conflicts", "entries", "answers"):
            setattr(self, name, getattr(copy, name))

    def copy(self) -> FakeSyncServer:
        """Take a backup."""
        backup = FakeSyncServer(self.office, self.clock)
        backup.epoch = self.epoch
        backup.items, backup.uses = list(self.items), dict(self.uses)
        backup.annulled, backup.conflicts = set(self.annulled), dict(self.conflicts)
        backup.entries = {key: list(found) for key, found in self.entries.items()}
        backup.answers = dict(self.answers)
        return backup

    def append(self, body: ItemBody) -> int:
        """Add an item to the feed; returns its number."""
        kind, encoded = encode_item_body(body)
        lot = next(_LOTS) if self.has_lots else 0
        self.items.append(FeedItem(len(self.items) + 1, kind, encoded, lot))
        self.pushed.set()
        return len(self.items)

    def _lot(self, sequence: int) -> int:
        return self.items[sequence - 1].lot if 0 < sequence <= len(self.items) else 0

    def entry_count(self, device_id: DeviceId) -> int:
        """Return how many entries of a device are held."""
        return sum(len(found) for (owner, _), found in self.entries.items() if owner == device_id)

    # -- enrolment ------------------------------------------------------------------------------

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """Trade a one-time code for a device, or for the one that it was."""
        public_key = bytes.fromhex(request.public_key)
        found = {code_keys(code).code_id.hex(): code for code in self.codes}
        code = found.get(request.code_id, "")
        signer = code_keys(code).signer.public_key if code else b""
        if not is_key_proven(request) or (code and not is_code_proven(request, signer)):
            raise Rejected("the proof does not hold", problem="forbidden", status=403)
        role = self.codes.pop(code, None)
        if role is None:
            raise Rejected("this code is wrong or used", problem="forbidden", status=403)
        device_id = request.device_id or f"dv_{len(self.public_keys) + 1}"
        self.enrolled(DeviceId(device_id), public_key, role)
        return EnrolAnswer(
            device_id=DeviceId(device_id),
            token=f"{code}-of-{device_id}",
            organization_id=ORGANIZATION,
            organization="Lantern Society",
            root_public_key=self.office.root.public_key.hex(),
            role=role,
            event_id=EVENT,
            gate_id=None,
            server_time=format_instant(self.clock.wall()),
            profile="test",
        )

    # -- claims ---------------------------------------------------------------------------------

    def claim(self, device_id: DeviceId, request: ClaimRequest) -> ClaimAnswer:
        """Decide a claim by the very function that gates use."""
        self.claims_seen.append(request)
        seen = request.seen
        if seen is not None and (seen.epoch, seen.lot) != (self.epoch, self._lot(seen.sequence)):
            raise ServerFault("the ledger waits for an operator or for its devices")
        known = self.answers.get(request.claim_id)
        if known is not None:
            return known
        answer = self._decide(device_id, request)
        if answer.verdict != "refer":
            self.answers[request.claim_id] = answer
        return answer

    def _withdraw(self, request: ClaimRequest) -> ClaimAnswer:
        found = decide(self.office, self, request, lambda one: bool(self._use_facts(one)))
        ticket_id = None if found.row is None else found.row.ticket_id
        answer = self._answer(request, found.reason, ticket_id, None)
        if found.newer is None:
            return answer
        self.change_ticket(found.newer)
        return grant(self.office, answer, found)

    def _decide(self, device_id: DeviceId, request: ClaimRequest) -> ClaimAnswer:
        if Purpose(request.purpose) in WITHDRAWING:
            return self._withdraw(request)
        index = EventIndex(self.office.config)
        presented = present_claim(
            request.code,
            request.tag_uid,
            Keyring(self.office.keyring),
            event_id=self.office.config.event_id,
            ticket_id=request.ticket_id,
        )
        case = open_case(index, presented, self)
        ticket_id = case.ticket_id
        case = rule(
            index,
            case,
            tuple(self._use_facts(ticket_id)),
            ScanFacts(
                gate_id=request.gate_id,
                direction=Direction(request.direction),
                at=parse_instant(request.scanned_at),
                claim_id=request.claim_id,
                count=request.count,
                pending_acknowledged=request.pending_acknowledged,
            ),
            is_stopped=is_stopped(self._evacuations(), index.gate(request.gate_id).zone_id),
            paused_at=index.paused_since(index.gate(request.gate_id)),
        )
        decision, sequence = case.decision, None
        if decision.admit and ticket_id is not None:
            sequence = self._add_use(
                Use(
                    claim_id=request.claim_id,
                    ticket_id=ticket_id,
                    zone_id=index.gates[request.gate_id].zone_id,
                    direction=request.direction,
                    at=self.clock.wall(),
                    at_error=Duration(0),
                    count=request.count,
                    gate_id=request.gate_id,
                    device_id=device_id,
                    mode="online",
                    reason=decision.reason.value,
                )
            )
        since = None if case.paused_at is None else format_instant(case.paused_at)
        left = decision.remaining
        return self._answer(request, decision.reason, ticket_id, left, sequence, since)

    def _answer(
        self,
        request: ClaimRequest,
        reason: Reason,
        ticket_id: TicketId | None,
        remaining: int | None,
        sequence: int | None = None,
        paused_at: str | None = None,
    ) -> ClaimAnswer:
        used = None
        if reason is Reason.ALREADY_USED:
            last = [use for use in self.uses.values() if use.ticket_id == ticket_id][-1]
            used = PriorUse(last.gate_id, last.gate_id, format_instant(last.at))
        return ClaimAnswer(
            verdict=reason.verdict.value,
            reason=reason.value,
            ticket_id=None if ticket_id is None else format_ticket_id(ticket_id),
            remaining=remaining,
            claim_id=request.claim_id,
            at=format_instant(self.clock.wall()),
            epoch=self.epoch,
            sequence=sequence,
            used=used,
            paused_at=paused_at,
        )

    def _evacuations(self) -> tuple[EvacuationNotice, ...]:
        held: tuple[EvacuationNotice, ...] = ()
        for item in self.items:
            body = decode_item(item)
            if isinstance(body, EvacuationNotice):
                held = take_notice(held, body)
        return held

    def find(self, ticket_id: TicketId) -> TicketRow | None:
        """See `shared.manifest.case_of_shown_code.Rows`."""
        return self.office.rows.get(ticket_id)

    def find_manual(self, code: int) -> TicketRow | None:
        """See `shared.manifest.case_of_shown_code.Rows`."""
        return next((row for row in self.office.rows.values() if row.manual_code == code), None)

    def _use_facts(self, ticket_id: TicketId | None) -> list[UseFact]:
        return [
            UseFact(
                claim_id=use.claim_id,
                zone_id=use.zone_id,
                direction=Direction(use.direction),
                at=use.at,
                count=use.count,
                annulled=use.claim_id in self.annulled,
            )
            for use in self.uses.values()
            if use.ticket_id == ticket_id
        ]

    def _add_use(self, use: Use) -> int:
        self.uses[use.claim_id] = use
        return self.append(use)

    # -- exchange -------------------------------------------------------------------------------

    def exchange(self, device_id: DeviceId, request: ExchangeRequest) -> ExchangeResponse:
        """Take entries and give the page after the cursor."""
        self.exchanges += 1
        self.offered_for.append(request.offers_for)
        answers = tuple(self._take(device_id, signed) for signed in request.entries)
        boots = {boot for owner, boot in self.entries if owner == device_id}
        page = None
        if request.event_id and device_id not in self.revoked:
            after = request.cursor if request.epoch in {0, self.epoch} else 0
            page = FeedPage(
                v=FEED_VERSION,
                event_id=request.event_id,
                epoch=self.epoch,
                after=after,
                items=tuple(self.items[after : after + request.page_items_max]),
                head=len(self.items),
                manifest_sequence=self.manifest_sequence,
                after_lot=self._lot(after),
                head_lot=self._lot(len(self.items)),
            )
        now = self.clock.wall()
        reoffer, self.wants_reoffer = self.wants_reoffer, False
        return ExchangeResponse(
            v=EXCHANGE_VERSION,
            answers=answers,
            marks=tuple(
                BootMark(boot, len(self.entries[device_id, boot])) for boot in sorted(boots)
            ),
            page=None if page is None else self.office.signer.sign(DocumentKind.FEED, page, now),
            received_at=now,
            answered_at=now,
            conflicts=len(self.conflicts),
            notices=("This device has been revoked.",) if device_id in self.revoked else (),
            reoffer=reoffer,
            epoch=self.epoch,
            cashiers=self._tell_cashiers(device_id, request),
            roster=self.roster_version if self.tells_roster else (0, 0),
        )

    def _tell_cashiers(
        self, device_id: DeviceId, request: ExchangeRequest
    ) -> tuple[CashierConfig, ...] | None:
        if self.roles.get(device_id, "gate") == "gate" or request.cashiers is None:
            return None
        known = digest_cashiers(self.cashiers) if self.cashiers else b""
        return None if known == request.cashiers else self.cashiers

    def _take(self, device_id: DeviceId, signed: SignedEntry) -> EntryAnswer:
        entry = decode_entry(signed.entry)
        key = (device_id, entry.boot)
        if not is_signed_by(signed, self.public_keys[device_id]):
            return EntryAnswer(entry.boot, entry.dseq, EntryStatus.REFUSED, "a bad signature")
        held = self.entries.setdefault(key, [])
        if entry.dseq <= len(held):
            is_same = held[entry.dseq - 1] == signed
            status = EntryStatus.KNOWN if is_same else EntryStatus.FORKED
            return EntryAnswer(entry.boot, entry.dseq, status)
        head = ChainHead(entry.boot, len(held), held[-1].hash if held else entry.previous)
        if find_link_fault(entry, head) is not None:
            return EntryAnswer(entry.boot, entry.dseq, EntryStatus.GAP)
        held.append(signed)
        self._book(device_id, entry)
        return EntryAnswer(entry.boot, entry.dseq, EntryStatus.STORED)

    def _book(self, device_id: DeviceId, entry: Entry) -> None:
        match decode_body(entry):
            case ScanBody() as scan:
                self._book_scan(device_id, entry, scan)
            case ReleaseBody() | UndoBody() as back:
                self.annulled.add(back.claim_id)
                if back.claim_id in self.uses:
                    self.append(
                        Annul(back.claim_id, back.ticket_id, entry.wall, device_id, back.why)
                    )
            case SaleBody() as sale:
                for sold in sale.tickets:
                    facts = TicketClass(ticket_type_code=sold.ticket_type_code, state="paid")
                    self.change_ticket(TicketRow(sold.ticket_id, facts, sold.manual_code))
            case _:
                return

    def _book_scan(self, device_id: DeviceId, entry: Entry, scan: ScanBody) -> None:
        if scan.verdict != "admit" or scan.ticket_id is None or scan.claim_id in self.uses:
            return
        others = [
            use
            for use in self.uses.values()
            if use.ticket_id == scan.ticket_id
            and use.zone_id == scan.zone_id
            and use.claim_id not in self.annulled
        ]
        self._add_use(
            Use(
                claim_id=scan.claim_id,
                ticket_id=scan.ticket_id,
                zone_id=scan.zone_id,
                direction=scan.direction,
                at=entry.wall + (entry.offset or Duration(0)),
                at_error=entry.offset_error,
                count=scan.count,
                gate_id=scan.gate_id,
                device_id=device_id,
                mode=scan.mode,
                reason=scan.reason,
            )
        )
        if others and scan.direction == "in" and scan.reason == "ok":
            sides = (*others, self.uses[scan.claim_id])
            notice = ConflictNotice(
                conflict_id=ConflictId(f"cf_{scan.ticket_id:016x}"),
                kind="double_use",
                ticket_id=scan.ticket_id,
                zone_id=scan.zone_id,
                claim_ids=tuple(use.claim_id for use in sides),
                gate_ids=tuple(use.gate_id for use in sides),
            )
            self.conflicts[scan.ticket_id, scan.zone_id] = notice
            self.append(notice)

    # -- tills ----------------------------------------------------------------------------------

    def request_till_key(self, device_id: DeviceId, request: TillKeyRequest) -> TillKeyAnswer:
        """Delegate a till's ticket key."""
        public_key = bytes.fromhex(request.public_key)
        message = request.event_id.encode() + public_key
        if not is_valid(public_key, bytes.fromhex(request.proof), TILL_KEY_CONTEXT, message):
            raise Rejected("the proof does not hold", problem="forbidden", status=403)
        if self.roles[device_id] == "gate":
            raise Rejected("this device is no till", problem="forbidden", status=403)
        key_id = self.till_key_ids.get(device_id)
        if key_id is None:
            key_id = 100 + len(self.till_key_ids)
            self.till_key_ids[device_id] = key_id
            self.office.keyring += (
                TicketKey(
                    key_id=key_id,
                    public_key=public_key,
                    organization_id=ORGANIZATION,
                    event_id=request.event_id,
                    ids=IdRange(key_id, 16),
                    issuer_device_id=device_id,
                ),
            )
            self.change_config()
        grants = tuple(AllotmentGrant(code, count) for code, count in self.allotment.items())
        return TillKeyAnswer(
            key_id=key_id,
            id_prefix=key_id,
            id_prefix_bits=16,
            manual_prefix=key_id,
            manual_prefix_bits=16,
            allotments=grants,
        )
