"""What the checks of the fair judge: what was seen, journals, and the ledger when all is quiet."""

from __future__ import annotations

import msgspec

from shared.admission.evacuation import STOPPED
from shared.kernel.instant import Instant
from shared.wire.feed import EvacuationNotice, Use
from simulator.further_events.second_event.evening import CAPACITY, Fair
from simulator.further_events.second_event.ground import Ground
from simulator.further_events.second_event.record import FairRecord, Shown
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerView, hold, view_ledger
from simulator.world import World


class FairEvidence(msgspec.Struct):
    """All of the fair, when it is quiet.

    Attributes:
        ground: What was put on.
        record: What was seen.
        ledger: What the server holds of the fair.
        entries: Each device's journal by number, by node.
        ended: True time of the end.
        has_true_clocks: No clock was stepped, so that journals' instants are about right.
        capacity: How many persons the hall holds.
    """

    ground: Ground
    record: FairRecord
    ledger: LedgerView
    entries: dict[str, dict[int, HeldEntry]]
    ended: Instant
    has_true_clocks: bool
    capacity: int

    def entry_of(self, shown: Shown) -> HeldEntry | None:
        """Return the entry of a scan's answer."""
        if shown.answer is None:
            return None
        return self.entries[shown.node].get(shown.answer.seq)

    def cursor_of(self, shown: Shown) -> int:
        """Tell how far the gate had read the feed when it answered."""
        held = self.entry_of(shown)
        return 0 if held is None else held.entry.cursor

    def uses_known(self, shown: Shown) -> list[Use]:
        """Return the passages of the shown ticket that the feed had told the gate."""
        cursor = self.cursor_of(shown)
        return [
            item
            for sequence, _, item in self.ledger.feed
            if isinstance(item, Use)
            and sequence <= cursor
            and item.ticket_id == shown.paper.ticket_id
        ]

    def returns_known(self, shown: Shown) -> bool:
        """Tell whether the gate had been told that people may return to the zone."""
        cursor = self.cursor_of(shown)
        return any(
            isinstance(item, EvacuationNotice)
            and sequence <= cursor
            and item.zone_id == shown.zone_id
            and item.emptied_at is not None
            and not item.annulled
            for sequence, _, item in self.ledger.feed
        )

    def is_false_stop_unlifted(self, shown: Shown) -> bool:
        """Tell whether a stop without a badge kept entry shut where this was decided.

        A gate that the ledger does not reach has heard it from its neighbours, and its own
        supervisor's return ends no other evacuation: it stands until its feed says that it was
        taken back (`docs/decisions/0144-an-alarm-is-heard-without-a-server.md`).
        """
        if shown.answer is None or shown.answer.stop != STOPPED:
            return False
        if shown.answer.mode == "online":
            return any(began <= shown.began <= until for began, until in self.record.stops)
        cursor = self.cursor_of(shown)
        is_lifted = any(
            isinstance(item, EvacuationNotice)
            and sequence <= cursor
            and item.zone_id == shown.zone_id
            and item.annulled
            for sequence, _, item in self.ledger.feed
        )
        return not is_lifted and any(began <= shown.began for began, _ in self.record.stops)


async def gather_fair(world: World, fair: Fair) -> FairEvidence:
    """Read everything that the checks want."""
    entries = {}
    for node in fair.gates.all:
        journal = node.session.store.journal
        held = [hold(signed) for _, signed in journal.read(1, journal.last_seq)]
        entries[node.name] = {one.entry.seq: one for one in held}
    return FairEvidence(
        ground=fair.ground,
        record=fair.record,
        ledger=await view_ledger(world.server, fair.ground.fair.event_id),
        entries=entries,
        ended=world.stage.now(),
        has_true_clocks=world.scenario.has_true_server,
        capacity=CAPACITY,
    )
