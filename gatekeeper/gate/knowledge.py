"""What this device knows of its event: configuration, keys, tickets, uses, and how old it is."""

from __future__ import annotations

import contextlib
import operator

import msgspec

from gatekeeper.gate.clock import GateClock
from gatekeeper.gate.supervisor_badge import ShownBadge
from gatekeeper.store.feed_state import FeedState
from gatekeeper.store.manifest_file import ManifestFile, is_manifest_name
from gatekeeper.store.seat_table import SeatTable
from gatekeeper.store.store import Store
from shared.credential.keyring import Keyring
from shared.journal.withdrawal_proof import Withdrawn
from shared.kernel.errors import BadSignature, GatekeeperError, Malformed, trouble_of
from shared.kernel.id_types import EventId, OrganizationId, TicketId
from shared.kernel.instant import Instant
from shared.kernel.trouble import NO_TROUBLE
from shared.manifest.case_of_shown_code import find_row
from shared.manifest.event_config import EventConfig
from shared.manifest.fact_building import EventIndex
from shared.manifest.header import ManifestHeader
from shared.manifest.presenting import present_text
from shared.manifest.signed_document import (
    DocumentKind,
    SignedDocument,
    open_certificate,
    open_document,
)
from shared.manifest.tickets import TicketRow
from shared.manifest.times_of_dates import end_of


class Trust(msgspec.Struct, frozen=True):
    """Whose signatures count: the pinned root and the organization."""

    root_public_key: bytes
    organization_id: OrganizationId


class EventKnowledge:
    """An installed event; made anew whenever a manifest or a configuration arrives.

    Its rows are what `shared.manifest.case_of_shown_code` finds tickets in.

    Attributes:
        event_id: Which event.
        header: The manifest's header.
        index: The configuration, parsed.
        keyring: The ticket keys.
    """

    def __init__(
        self, store: Store, manifest: ManifestFile, header: ManifestHeader, state: FeedState
    ) -> None:
        """Put manifest and newer changes together.

        Raises:
            BadInput: if the event's configuration cannot be used.
        """
        change = state.change
        is_current = header.epoch >= state.epoch  # else the feed has begun anew since
        if change and is_current and change.config.sequence < header.config.sequence:
            change = None
        self._store = store
        self._manifest = manifest
        self._has_caught_up = False
        self._has_foreign_codes = any(facts.is_imported for facts in header.classes)
        self._looked_up_to: int | None = None
        self.event_id = header.config.event_id
        self.header = header
        self.index = EventIndex(header.config if change is None else change.config)
        self.keyring = Keyring(header.keyring if change is None else change.keyring)

    @property
    def config(self) -> EventConfig:
        """The event's configuration."""
        return self.index.config

    @property
    def ticket_count(self) -> int:
        """How many tickets the manifest has."""
        return self.header.ticket_count

    def find(self, ticket_id: TicketId) -> TicketRow | None:
        """Return the newest facts of a ticket by its own id, or None."""
        row = self.find_listed(ticket_id)
        known = self.find_withdrawn(ticket_id)
        return known.unlisted(ticket_id) if row is None else known.weigh(row)

    def find_withdrawn(self, ticket_id: TicketId) -> Withdrawn:
        """Return what is known of a ticket's withdrawals besides its list."""
        return self._store.withdrawn.get(self.event_id, ticket_id, self.keyring)

    def find_listed(self, ticket_id: TicketId) -> TicketRow | None:
        """Return the newest facts of a ticket that list and feed say, or None.

        Raises:
            StoreFault: if the manifest cannot be read.
        """
        changed = self._store.changes.find(self.event_id, ticket_id)
        if changed is not None:
            return changed
        number = self._manifest.find_class(ticket_id)
        if number is None:
            return None
        if number >= len(self.header.classes):
            raise self._manifest.note_damage()
        seat_id = self._manifest.seats.find_seat(ticket_id)
        return TicketRow(ticket_id, self.header.classes[number], None, seat_id)

    def knows(self, text: str) -> bool:
        """Whether a text is the code of a ticket here."""
        presented = present_text(text, self.keyring, event_id=self.event_id)
        return find_row(presented, self) is not None

    @property
    def seats(self) -> SeatTable:
        """The event's reserved seats."""
        return self._manifest.seats

    def find_manual(self, code: int) -> TicketRow | None:
        """Return the newest facts of the ticket whose manual code this is now, or None."""
        row = self._find_listed_manual(code)
        if row is None:
            return None
        known = self.find_withdrawn(row.ticket_id).weigh(row)
        # The code of a credential in whose place another one was given out is nobody's.
        return None if known.facts.generation > row.facts.generation else known

    def _find_listed_manual(self, code: int) -> TicketRow | None:
        changed = self._store.changes.find_manual(self.event_id, code)
        if changed is not None:
            return changed
        ticket_id = self._manifest.find_manual(code)
        if ticket_id is None:
            return None
        row = self.find_listed(TicketId(ticket_id))
        is_replaced = row is not None and row.manual_code not in {None, code}
        return None if is_replaced else row

    def find_code(self, row: TicketRow) -> int | None:
        """Return the manual code of a ticket whose newest facts these are, or None.

        Raises:
            StoreFault: if the manifest cannot be read.
        """
        return self.find_listed_code(row) if row.manual_code is None else row.manual_code

    def find_listed_code(self, row: TicketRow) -> int | None:
        """Return the manual code that a ticket had when the list was made, or None.

        Raises:
            StoreFault: if the manifest cannot be read.
        """
        return self._manifest.find_code(row.ticket_id)

    @property
    def has_foreign_codes(self) -> bool:
        """Whether tickets of the event were imported with codes of another box office.

        Once any was, it stays so; what the feed brought is looked through when there is more.
        """
        if not self._has_foreign_codes:
            cursor = self._store.feeds.get(self.event_id).cursor
            if cursor != self._looked_up_to:
                self._looked_up_to = cursor
                self._has_foreign_codes = self._store.changes.has_imported(self.event_id)
        return self._has_foreign_codes

    @property
    def is_damaged(self) -> bool:
        """Whether the manifest's file holds what was never written; it has to be fetched again."""
        return self._manifest.is_damaged

    def is_given_up(self, ticket_id: TicketId, number: int) -> bool:
        """Whether this device has given up being a ticket's home by an assignment."""
        return self._store.homes.given_up(self.event_id, ticket_id) >= number

    @property
    def has_caught_up(self) -> bool:
        """Whether the passages are here that were known when the manifest was made.

        It says whose a ticket is, and not who is inside already. The feed's numbers tell; of a
        manifest that does not name any, the times of manifest and page. A device whose journal
        was lost may have given homes up, and has to hear it from the ledger first.
        """
        if self._store.is_unsettled:
            return False
        if not self._has_caught_up:
            state, header = self._store.feeds.get(self.event_id), self.header
            if header.head is None:
                known = state.knowledge_at
                self._has_caught_up = (
                    known is not None and known >= self._manifest.document.issued_at
                )
            elif state.epoch == header.epoch:
                self._has_caught_up = state.cursor >= header.head
            else:  # a newer epoch's feed holds all that its ledger knew, up to a page's head
                self._has_caught_up = state.page is not None and state.cursor >= state.head
        return self._has_caught_up

    @property
    def device_id(self) -> str:
        """This device."""
        return self._store.journal.device_id

    def close(self) -> None:
        """Close the manifest's file."""
        self._manifest.close()


class Knowledge:
    """The present event's knowledge, and its feed's state, as one thing that can be replaced.

    Attributes:
        event_id: The event that this device serves, or None.
        event: Its knowledge, or None before the first manifest.
        state: How far its feed has come.
        problem: Why an installed manifest cannot be used, if so.
        badge: Signs what the supervisor at work does; nothing while nobody has shown one.
    """

    def __init__(self, store: Store, trust: Trust, event_id: EventId | None) -> None:
        """Load what is on the disk.

        Raises:
            StoreFault: if the journal database cannot be read.
        """
        self._store = store
        self._checked: set[str] = set()
        self.trust = trust
        self.event_id = event_id
        self.event: EventKnowledge | None = None
        self.state = FeedState()
        self.problem = NO_TROUBLE
        self.badge = ShownBadge(trust.organization_id)
        self.reload()

    @property
    def knowledge_at(self) -> Instant | None:
        """Server time up to which this device knows all."""
        return self.state.knowledge_at

    def own_page(self) -> SignedDocument | None:
        """Return the newest page, to show the ledger its own word.

        Where a person has had this device take another root since, no ledger knows it again.
        """
        page = self.state.page
        if page is None:
            return None
        try:
            open_certificate(
                page.certified,
                "manifest",
                root_public_key=self.trust.root_public_key,
                organization_id=self.trust.organization_id,
            )
        except (BadSignature, Malformed):
            return None
        return page

    def may_be(self, clock: GateClock) -> tuple[Instant, ...]:
        """Return between which instants it is while only a clock that may be wrong says when.

        Nothing is later than the end of the event's last date: nobody comes then.
        """
        earliest = clock.earliest()
        if earliest is None or self.event is None:
            return ()
        ends = [end_of(one) for one in self.event.config.occurrences]
        return max(earliest, self.knowledge_at or earliest), max(clock.now(), *ends, earliest)

    def serve(self, event_id: EventId) -> None:
        """Turn to an event, perhaps another one."""
        if event_id != self.event_id:
            self.event_id = event_id
            self.reload()

    def reload(self) -> None:
        """Read state and manifest anew; a manifest that cannot be used is said so, not raised."""
        self.refresh_state()
        if self.event is not None:
            self.event.close()
            self.event = None
        self.problem = NO_TROUBLE
        if self.event_id is None:
            return
        if self.state.manifest is None and self._store.is_unsettled:
            self._adopt_manifest(self.event_id)
        if self.state.manifest is None:
            return
        try:
            self.event = self._open(self.state.manifest)
        except GatekeeperError as fault:
            self.problem = trouble_of(fault)

    def refresh_state(self) -> None:
        """Read the feed's state anew."""
        event_id = self.event_id
        self.state = FeedState() if event_id is None else self._store.feeds.get(event_id)

    def open_manifest(self, manifest: ManifestFile) -> ManifestHeader:
        """Verify a manifest's header down from the pinned root.

        Raises:
            BadSignature: if it does not verify.
            Malformed: if it is not of its form.
        """
        return open_document(
            manifest.document,
            DocumentKind.MANIFEST,
            ManifestHeader,
            root_public_key=self.trust.root_public_key,
            organization_id=self.trust.organization_id,
        )

    def _adopt_manifest(self, event_id: EventId) -> None:
        """Go on with the newest manifest of the event that lies beside a lost journal."""
        found: list[tuple[tuple[int, int], FeedState]] = []
        for name in filter(is_manifest_name, self._store.disk.names("")):
            with contextlib.suppress(GatekeeperError):
                manifest = ManifestFile(self._store.disk, name)
                try:
                    header = self.open_manifest(manifest)
                finally:
                    manifest.close()
                if header.config.event_id == event_id:
                    state = _state_from(name, header, manifest.document.issued_at)
                    found.append(((header.epoch, header.sequence), state))
        if found:
            _, state = max(found, key=operator.itemgetter(0))
            with self._store.transaction("adopt"):
                self._store.feeds.put(event_id, state)
            self.state = state

    def _open(self, name: str) -> EventKnowledge:
        manifest = ManifestFile(self._store.disk, name, checks=name not in self._checked)
        self._checked.add(name)
        try:
            header = self.open_manifest(manifest)
            if header.config.event_id != self.event_id:
                # Older programs named the files of two events alike.
                message = "this event's manifest was overwritten by another event's; sync once"
                raise Malformed(message)
            return EventKnowledge(self._store, manifest, header, self.state)
        except BaseException:
            manifest.close()
            raise

    def drop_damaged(self) -> None:
        """Close a manifest that a look-up has found damaged, so that it can be made anew."""
        if self.event is not None and self.event.is_damaged:
            self._checked.discard(self.state.manifest or "")
            self.close()

    def close(self) -> None:
        """Close what is open."""
        if self.event is not None:
            self.event.close()
            self.event = None


def _state_from(name: str, header: ManifestHeader, issued_at: Instant) -> FeedState:
    """Stand where a device stands that has just installed a manifest and heard nothing since."""
    return FeedState(
        epoch=header.epoch,
        cursor=header.cursor,
        # It says nothing of who is inside: that the feed tells.
        knowledge_at=Instant(issued_at - 1),
        manifest=name,
        manifest_epoch=header.epoch,
        manifest_sequence=header.sequence,
        manifest_cursor=header.cursor,
    )
