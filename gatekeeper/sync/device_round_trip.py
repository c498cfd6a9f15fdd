"""One round trip: entries go up, a verified page comes down, and both are kept in one commit.

The server's word is taken only where its signatures lead to the pinned root and where it does not
contradict what it has signed before. An answer that fails either is dropped whole: nothing is
acknowledged, nothing applied, and every entry is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from gatekeeper.gate.clock import OffsetSample
from gatekeeper.gate.device_as_home import Homes
from gatekeeper.gate.ending_last_run import restate
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.uplink import PUT_BACK, Uplink
from gatekeeper.store.feed_state import FeedState
from gatekeeper.store.journal import PendingEntry
from gatekeeper.store.store import Store
from gatekeeper.sync.applying_feed_pages import apply_page, begin_epoch
from gatekeeper.sync.own_device_report import DeviceReports
from gatekeeper.sync.saying_evacuations_again import say_evacuations_again
from gatekeeper.sync.server_port import SyncServer
from gatekeeper.sync.stock_grants_in_exchange import TillGrants
from shared.journal.entry import NoteBody
from shared.kernel.errors import BadSignature, Malformed, ServerFault
from shared.kernel.id_types import EventId, GateId, TicketId
from shared.kernel.instant import MILLISECOND, Duration
from shared.manifest.signed_document import (
    DocumentKind,
    SignedDocument,
    open_document,
)
from shared.manifest.tickets import TicketRow
from shared.wire.device_feed import Word, words_of
from shared.wire.entries_per_upload import is_full
from shared.wire.exchange import (
    EXCHANGE_VERSION,
    Assigned,
    EntryStatus,
    ExchangeRequest,
    ExchangeResponse,
    KnownPlace,
    KnownZoneShare,
)
from shared.wire.feed import FeedPage, ItemKind, decode_item, has_gap, lot_at
from shared.wire.till_stock import StockGrant

TELLING_APART: Final[Duration] = 8 * MILLISECOND
"""Between two gates, on average, that tell that they have heard an order: all hear it at once, and
an exchange takes the server 2 to 5 ms. Among 20 gates the last one tells within a sixth of a
second, among 1,000 within eight seconds, and claims come through meanwhile."""

_OFFSET_STEP: Final[Duration] = 50 * MILLISECOND
AT_ONCE: Final = Duration(0)
_HELD: Final = {
    EntryStatus.STORED,
    EntryStatus.KNOWN,
    EntryStatus.FORKED,
    EntryStatus.UNCONFIRMED,
}


class RoundResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one round trip achieved.

    Attributes:
        uploaded: Entries that the server now holds.
        wants_more: Another round would move something.
        announced: Epoch and sequence of a manifest that is newer than this device's, or None.
        has_hole: The feed can only be resumed from a manifest.
        conflicts: Open conflicts by the server's count.
        notices: Sentences for the device's screen.
        is_revoked: The server told nothing of the event: this device is revoked.
        assigned: What the organizer has assigned this device to, or None of an older server.
    """

    uploaded: int
    wants_more: bool
    announced: tuple[int, int] | None
    has_hole: bool
    conflicts: int
    notices: tuple[str, ...]
    is_revoked: bool = False
    assigned: Assigned | None = None


class Exchange:
    """Makes round trips for one device.

    Args:
        store: What it holds is exchanged.
        recorder: Stamps entries; knows the event and the time.
        server: With whom.
        uplink: Told whether the server answers, and can be believed.
        homes: Answers what the feed asks of this device.
        gate_of: Tells where the device's lane stands, or "".
        places_of: Tells where the device was assigned to.
        grants: Keeps what a till may sell; None where the device is none.
        reports: Tells how the device stands.
    """

    def __init__(  # noqa: PLR0913 - the parts of an exchange, each by name
        self,
        store: Store,
        recorder: Recorder,
        server: SyncServer,
        uplink: Uplink,
        *,
        homes: Homes,
        gate_of: Callable[[], str],
        places_of: Callable[[], tuple[KnownPlace, ...]],
        grants: TillGrants | None,
        reports: DeviceReports,
    ) -> None:
        self._store, self._server, self._uplink = store, server, uplink
        self._knowledge, self._clock = recorder.knowledge, recorder.clock
        self._stamp = recorder.stamp
        self._homes, self._gate_of, self._grants = homes, gate_of, grants
        self._places_of = places_of
        self._reports = reports
        self._reoffered_epoch: int | None = None

    def say_leaving(self) -> None:
        """Say from now on that this device closes."""
        self._reports.leave()

    def note_pushed(self, *, is_pushed: bool) -> None:
        """Say from now on whether the server's pushes reach this device."""
        self._reports.is_pushed = is_pushed

    async def make_round(self) -> RoundResult:
        """Make one round trip.

        Raises:
            ServerFault: if there was no useful answer, or the server contradicts itself.
            Rejected: if the server refused.
            BadSignature: if the answer is not the organization's.
            Malformed: if it is not of its form.
            StoreFault: if it could not be kept.
        """
        pending = self._store.journal.pending_entries(is_full)
        request = self._request(pending)
        sent = self._clock.monotonic()
        response = await self._server.exchange(request)
        received = self._clock.monotonic()
        page = self._open_page(response, request)
        self._check_history(page)
        grant = self._open_grant(response, request)
        self._clock.add_sample(
            OffsetSample(sent, received, response.received_at, response.answered_at)
        )
        # Also where this disk cannot keep it: an answer is an answer.
        self._uplink.note_contact()
        self._uplink.roster = response.roster
        result = self._keep(pending, response, page, grant)
        if request.event_id and response.page is None:
            is_elsewhere = response.assigned is not None and (
                response.assigned.event_id not in {"", request.event_id}
            )
            result = msgspec.structs.replace(result, is_revoked=not is_elsewhere)
        return result

    def take_page(self, document: SignedDocument) -> Duration | None:
        """Apply a page that the server has pushed, if it goes on where this device stands.

        Only a round trip sees that the server has forgotten something, that a manifest is newer,
        or that a page is missing; this says when one is needed.

        Returns:
            Within which time a round trip is needed, 0 for at once; None where the page was
            applied, or told nothing new. That all gates have heard an order is told by each at
            a moment of its own.

        Raises:
            BadSignature: if it is not the organization's.
            Malformed: if it is not of its form.
            StoreFault: if it could not be kept.
        """
        state, event_id = self._knowledge.state, self._knowledge.event_id or ""
        page = self._verify(document, EventId(event_id))
        if page.epoch != state.epoch or page.after > state.cursor or has_gap(page):
            return AT_ONCE
        if _announced(state, page) is not None or _has_forgotten(state, page):
            return AT_ONCE
        news = page.items[state.cursor - page.after :]
        if news:
            page = msgspec.structs.replace(page, after=state.cursor, items=news)
            self._obey_recalls(page)
            with self._store.transaction("pushed", is_durable=False):
                result = apply_page(
                    self._store, EventId(event_id), state, page, document, self._find_listed
                )
            self._show(EventId(event_id), result.state, config_changed=result.config_changed)
            if self._answer_words(result.words):
                return AT_ONCE  # what was answered is waited for
            if result.is_order:
                event = self._knowledge.event
                return TELLING_APART * (1 if event is None else len(event.config.gates))
        return None if self._knowledge.state.cursor >= page.head else AT_ONCE

    def _find_listed(self, ticket_id: TicketId) -> TicketRow | None:
        event = self._knowledge.event
        return None if event is None else event.find_listed(ticket_id)

    def _request(self, pending: Sequence[PendingEntry]) -> ExchangeRequest:
        state, stock, held = self._knowledge.state, None, None
        if self._grants is not None and self._knowledge.event_id is not None:
            stock, held = self._grants.say(
                self._knowledge.event_id, state.epoch, has_entries=bool(pending)
            )
        return ExchangeRequest(
            v=EXCHANGE_VERSION,
            event_id=self._knowledge.event_id or EventId(""),
            epoch=state.epoch,
            cursor=state.cursor,
            head=self._knowledge.own_page(),
            entries=tuple(one.signed for one in pending),
            sent_at=self._clock.wall(),
            shares=tuple(
                KnownZoneShare(share.zone_id, share.granted, share.code)
                for share in self._store.shares.list_all(self._knowledge.event_id or EventId(""))
            ),
            gate_id=GateId(self._gate_of()),
            offers_for=self._reoffered_epoch or 0,
            cashiers=self._store.cashiers.digest,
            stock=stock,
            held_grant=held,
            report=self._reports.due(),
            places=self._places_of() if pending else (),
        )

    # -- judging the answer --------------------------------------------------------------------

    def _open_page(self, response: ExchangeResponse, request: ExchangeRequest) -> FeedPage | None:
        if len(response.answers) != len(request.entries):
            message = "the server did not answer for every entry; its answer was not used"
            raise Malformed(message)
        if response.page is None:
            return None
        page = self._verify(response.page, request.event_id)
        # Whoever has turned to another event meanwhile holds it against nothing of that one's.
        return page if request.event_id == self._knowledge.event_id else None

    def _open_grant(
        self, response: ExchangeResponse, request: ExchangeRequest
    ) -> StockGrant | None:
        if response.grant is None or self._grants is None:
            return None
        return self._grants.open(response.grant, request.event_id)

    def _verify(self, document: SignedDocument, event_id: EventId) -> FeedPage:
        trust = self._knowledge.trust
        page = open_document(
            document,
            DocumentKind.FEED,
            FeedPage,
            root_public_key=trust.root_public_key,
            organization_id=trust.organization_id,
            withdrawn=self._knowledge.state.withdrawn,
        )
        if page.event_id != event_id:
            message = "the server sent changes of another event; none of them were used"
            raise BadSignature(message)
        return page

    def _check_history(self, page: FeedPage | None) -> None:
        """Refuse a server that has forgotten what it signed.

        Raises:
            ServerFault: if its epoch or head lies below what this device holds of it, or another
                item stands at that head.
        """
        state = self._knowledge.state
        if page is None:
            return
        if page.epoch < state.epoch or _has_forgotten(state, page):
            self._uplink.note_distrust()
            raise ServerFault(PUT_BACK.text, kind=PUT_BACK.kind)

    # -- keeping it ----------------------------------------------------------------------------

    def _keep(
        self,
        pending: Sequence[PendingEntry],
        response: ExchangeResponse,
        page: FeedPage | None,
        grant: StockGrant | None = None,
    ) -> RoundResult:
        store, state = self._store, self._knowledge.state
        journal, event_id = store.journal, "" if page is None else page.event_id
        pending_before = journal.pending
        if page is not None and page.after == (state.cursor if page.epoch == state.epoch else 0):
            self._obey_recalls(page)
        is_new_epoch = page is not None and page.epoch > state.epoch > 0
        applied, has_hole, is_order, known = 0, False, False, state.change
        words: Sequence[Word] = ()
        epoch = response.epoch if page is None else page.epoch
        starts_over = is_new_epoch or (response.reoffer and self._reoffered_epoch != epoch)
        with store.transaction("exchange"):
            if starts_over:
                journal.offer_all_again()
            uploaded = self._keep_answers(pending, response)
            if response.cashiers is not None:
                store.cashiers.put(response.cashiers)
            if grant is not None and response.grant is not None and self._grants is not None:
                self._grants.put(response.grant, grant)
            self._keep_offset()
            if page is not None:
                assert response.page is not None
                if is_new_epoch:
                    state = begin_epoch(state, page.epoch)
                    store.feeds.drop_conflicts(EventId(event_id))
                    store.feeds.put(EventId(event_id), state)
                    say_evacuations_again(store, EventId(event_id), self._stamp())
                has_hole = has_gap(page) or (page.after != state.cursor and not is_new_epoch)
                if has_hole:
                    state = msgspec.structs.replace(state, cursor=0)
                    store.feeds.put(EventId(event_id), state)
                elif page.after == state.cursor:
                    result = apply_page(
                        store, EventId(event_id), state, page, response.page, self._find_listed
                    )
                    state, words, is_order = result.state, result.words, result.is_order
                    applied = len(page.items)
                if store.is_unsettled and not has_hole and state.cursor >= page.head:
                    store.settle()
        if starts_over:  # only now that it is kept: the server counts on it
            self._reoffered_epoch = epoch
        self._show(EventId(event_id), state, config_changed=state.change is not known)
        self._answer_words(words)
        # Uploads count as progress only where less is left than before, so that a server that
        # takes nothing is asked again later and not at once.
        moved = bool(applied or starts_over or journal.pending < pending_before)
        return RoundResult(
            uploaded=uploaded,
            wants_more=starts_over
            or is_order
            or (moved and (journal.pending > 0 or _is_behind(state, page))),
            announced=_announced(state, page),
            has_hole=has_hole,
            conflicts=response.conflicts,
            notices=response.notices,
            assigned=response.assigned,
        )

    def _obey_recalls(self, page: FeedPage) -> None:
        """Give up what a page recalls before the page is kept: it is told once only.

        If the program stops in between, the page comes again; what was given up stays given up.
        """
        if not has_gap(page):
            bodies = [decode_item(item) for item in page.items if item.kind == ItemKind.RECALL]
            self._homes.answer(words_of(bodies))

    def _answer_words(self, words: Sequence[Word]) -> bool:
        """Answer what the feed asks of this device; tells whether there is something to upload."""
        before = self._store.journal.pending
        if words:
            self._homes.answer(words)
        return self._store.journal.pending > before

    def _keep_answers(self, pending: Sequence[PendingEntry], response: ExchangeResponse) -> int:
        """Record what became of each entry; returns how many the server holds of those sent."""
        store, journal = self._store, self._store.journal
        uploaded = lost = 0
        marks = {mark.boot: mark.dseq for mark in response.marks}
        for boot, dseq in marks.items():
            lost = max(lost, journal.acknowledge(boot, dseq))
            if not journal.damage and all(one.boot != boot for one in journal.boots):
                store.other_life = f"the server holds {dseq} entries of a start not known here"
        for sent, answer in zip(pending, response.answers, strict=True):
            if answer.status in _HELD:
                uploaded += 1
            if answer.status == EntryStatus.FORKED:
                # Kept beside the entry that stands there; sending it again changes nothing.
                journal.acknowledge(sent.boot, sent.dseq)
                store.other_life = f"the server holds another entry {sent.dseq} of this start"
            if answer.status in {EntryStatus.FORKED, EntryStatus.REFUSED}:
                journal.note_problem(sent.boot, sent.dseq, answer.status, answer.problem)
            if answer.status == EntryStatus.GAP:
                journal.send_again_after(sent.boot, marks.get(sent.boot, 0))
                break
            if answer.status == EntryStatus.REFUSED:
                why = f"the server refused entry {sent.dseq}: {answer.problem}"
                journal.seal_after(sent.boot, sent.dseq - 1, why)
                restate(self._store, self._stamp())
                break
        if lost:
            journal.skip_numbers(lost)
            text = f"the server holds {lost} entries that this disk has lost"
            store.other_life = text
            journal.append(NoteBody("lost_tail", text), self._stamp())
        return uploaded

    def _keep_offset(self) -> None:
        """Keep the clock's offset for the next start, when it or the machine's clock has moved."""
        offset, (kept, base, boot, known) = self._clock.offset(), self._store.read_clock()
        error = self._clock.error_at_zero
        if offset is None or error is None:
            return  # nothing was measured in this run of the program
        now = self._clock.wall_base
        moved = (
            kept is None
            or base is None
            or known is None
            or boot != self._clock.boot
            or max(abs(offset - kept), abs(now - base)) >= _OFFSET_STEP
        )
        if moved:
            # What is kept is replaced when it is off by a step: until then it may be by as much.
            self._store.write_clock(offset, now, self._clock.boot, error + _OFFSET_STEP)

    def _show(self, event_id: EventId, state: FeedState, *, config_changed: bool) -> None:
        """Let the lane see the new state; rules and keys are parsed only if they changed."""
        if event_id != (self._knowledge.event_id or ""):
            return
        if config_changed:
            self._knowledge.reload()
        else:
            self._knowledge.state = state


def _is_behind(state: FeedState, page: FeedPage | None) -> bool:
    return page is not None and state.cursor < page.head


def _has_forgotten(state: FeedState, page: FeedPage) -> bool:
    """Whether a page of this epoch contradicts the newest that this device holds."""
    if page.epoch != state.epoch:
        return False
    lot = lot_at(page, state.head)
    return page.head < state.head or (lot != 0 and state.lot not in {0, lot})


def _announced(state: FeedState, page: FeedPage | None) -> tuple[int, int] | None:
    """Name the manifest that the page tells of, if it is not here."""
    if page is None or page.manifest_sequence == 0:
        return None
    newest = (page.epoch, page.manifest_sequence)
    return newest if newest > (state.manifest_epoch, state.manifest_sequence) else None
