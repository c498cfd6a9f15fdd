"""What is judged of the evening whose zone is emptied, and who knew what of it when."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from shared.journal.entry import EvacuationBody, ScanBody
from shared.kernel.instant import Duration, Instant
from shared.wire.feed import EvacuationNotice, Use
from simulator.further_events.evacuations.record import ANNUL, DESK, EmptiedRecord, Said
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerView
from simulator.judging.seen_visits import Card, Visit
from simulator.nodes.thin_scanner import Claimed

PHASES = ("stop", "return", "over", ANNUL)


class Word(msgspec.Struct, frozen=True):
    """A word on an evacuation as the feed has it, or a gate's journal.

    Attributes:
        number: In the feed, or in the journal.
        name: The evacuation's id.
        phase: One of `PHASES`.
    """

    number: int
    name: str
    phase: str


class Passage(msgspec.Struct, frozen=True):
    """A way in or out that the ledger has on record.

    Attributes:
        claim_id: Its name.
        number: In the feed.
        direction: `in` or `out`.
        span: Between which true times it was; None where nobody saw an answer.
        is_granted: The ledger itself let them in.
    """

    claim_id: str
    number: int
    direction: str
    span: tuple[Instant, Instant] | None
    is_granted: bool


def far(words: Iterable[Word]) -> dict[str, str]:
    """Tell how far each evacuation has come by some words, in whatever order they are."""
    found: dict[str, str] = {}
    for word in words:
        before = found.get(word.name, "stop")
        found[word.name] = max(before, word.phase, key=PHASES.index)
    return found


def is_stopped(words: Iterable[Word]) -> bool:
    """Tell whether nobody may come in, as far as some words say: one evacuation is enough."""
    return "stop" in far(words).values()


class EmptiedEvidence(msgspec.Struct, kw_only=True):
    """All of it, when it is quiet.

    Attributes:
        record: What was said and seen.
        held: Each gate's journal, by node and number.
        ledger: The ledger.
        hears: Within so much time a gate in reach has heard, and said so.
        neighbours_hear: Within so much time the gates beside one have heard it; None without a
            network of their own.
        nodes: The zone's gates.
        has_true_clocks: Nobody's clock was stepped.
        words: What the feed told, in order.
        passages: Ways in and out by ticket, in the feed's order.
    """

    record: EmptiedRecord
    held: dict[tuple[str, int], HeldEntry]
    ledger: LedgerView
    hears: Duration
    neighbours_hear: Duration | None
    nodes: frozenset[str]
    has_true_clocks: bool
    words: list[Word] = []
    passages: dict[int, list[Passage]] = {}

    def __post_init__(self) -> None:
        """Sort the feed."""
        spans: dict[str, tuple[Instant, Instant]] = {}
        for visit in self.record.visits:
            if visit.answer is not None and visit.ended is not None:
                spans.setdefault(visit.answer.claim_id, (visit.began, visit.ended))
        for claimed in self.record.claimed:
            if claimed.ended is not None:
                name = claimed.request.claim_id
                first = min(o.began for o in self.record.claimed if o.request.claim_id == name)
                spans[name] = (first, claimed.ended)
        first_told = self.ledger.told_first()
        for number, _, item in self.ledger.feed:
            if isinstance(item, EvacuationNotice):
                phase = ANNUL if item.annulled else item.phase
                self.words.append(Word(number, item.evacuation_id, phase))
            elif isinstance(item, Use) and not item.claim_id.startswith("evacuation:"):
                held = self.ledger.uses[item.claim_id]
                # What was granted late is told again: it is one passage.
                is_again = first_told[item.claim_id] != number
                if ":evacuation:" in item.claim_id or held.is_annulled or is_again:
                    continue
                way = Passage(
                    item.claim_id,
                    number,
                    item.direction,
                    spans.get(item.claim_id),
                    held.source == "claim",
                )
                self.passages.setdefault(item.ticket_id, []).append(way)

    def told(self, number: int) -> list[Word]:
        """Return the words up to a number of the feed."""
        return [word for word in self.words if word.number <= number]

    def entry_of(self, visit: Visit[Card]) -> HeldEntry | None:
        """Return what a gate has on record of a presentation."""
        return None if visit.answer is None else self.held.get((visit.node, visit.answer.seq))

    def known_to(self, visit: Visit[Card]) -> list[Word]:
        """Return the words that a gate knew when it answered: by the feed, and its own."""
        held = self.entry_of(visit)
        if held is None:
            return []
        own = [
            Word(seq, one.body.evacuation_id, one.body.phase)
            for (node, seq), one in self.held.items()
            if node == visit.node and seq < held.entry.seq
            if isinstance(one.body, EvacuationBody)
        ]
        return [*self.told(held.entry.cursor), *own]

    def let_in_by_others(self, visit: Visit[Card]) -> list[Word]:
        """Return by which words other gates had let people in again when a gate answered.

        It may have heard them over the venue's network, if there is one, signed by a supervisor's
        badge. Its entry says so of a return, and of what ends one; a false alarm's end leaves
        nothing to say, but whoever has heard it says no more that the zone is emptied by that.
        """
        held = self.entry_of(visit)
        said_known = held.body.evacuation if held and isinstance(held.body, ScanBody) else None
        known = said_known and (said_known.evacuation_id, said_known.phase)
        if self.neighbours_hear is None or visit.ended is None:
            return []
        return [
            Word(0, said.name, said.phase)
            for said in self.record.said
            if said.node not in {visit.node, DESK} and said.phase in {"return", "over"}
            if known != (said.name, "stop") and (known or not self._has_emptied(said))
            if said.began <= visit.ended
        ]

    def _has_emptied(self, said: Said) -> bool:
        """Tell whether by a gate's word all had left: of an end, whether a return was known."""
        return any(
            node == said.node
            and isinstance(one.body, EvacuationBody)
            and (one.body.evacuation_id, one.body.phase) == (said.name, said.phase)
            and one.body.emptied_at is not None
            for (node, _), one in self.held.items()
        )

    def may_have_heard(self, visit: Visit[Card]) -> list[Word]:
        """Return the words of the gates beside one that it may have gone by when it answered.

        A stop from its first moment on; what lets people in again may still be on its way.
        """
        if self.neighbours_hear is None or visit.ended is None:
            return []
        return [
            Word(0, said.name, said.phase)
            for said in self.record.said
            if said.node not in {visit.node, DESK}
            if said.began + (0 if said.phase == "stop" else self.neighbours_hear) <= visit.ended
        ]

    def head_at(self, at: Instant) -> int:
        """Return a number that the feed surely had reached by then."""
        return max((head for seen, head in self.record.heads if seen <= at), default=0)

    def head_after(self, at: Instant) -> int:
        """Return a number that the feed had surely not passed until then."""
        later = (head for seen, head in self.record.heads if seen > at)
        return min(later, default=self.ledger.head)

    def may_be_stopped(self, first: int, until: Instant, own: Iterable[Word] = ()) -> bool:
        """Tell whether the ledger's word may have been that nobody comes in, or is a gate's.

        Args:
            first: By this number of the feed at the earliest it was decided.
            until: And by this true time at the latest.
            own: What a gate knew besides.
        """
        last = self.head_after(until)
        steps = [first, *(word.number for word in self.words if first < word.number <= last)]
        return is_stopped(own) or any(is_stopped(self.told(step)) for step in steps)

    def left_for_good(self, ticket_id: int) -> bool:
        """Tell whether somebody may have gone out on a ticket as on any day.

        Whoever is scanned out between a stop and its return leaves for that alone, unless it is
        taken back.
        """
        annulled = {one.name for one in self.record.said if one.phase == ANNUL}
        ways_out = []
        for name in {one.name for one in self.record.said} - annulled:
            words = [one for one in self.record.said if one.name == name]
            stops = [one.ended for one in words if one.phase == "stop"]
            returns = [one.began for one in words if one.phase == "return"]
            if stops and returns:
                ways_out.append((min(stops), min(returns)))
        return any(
            way.span is None
            or not any(since < way.span[0] and way.span[1] < until for since, until in ways_out)
            for way in self.passages.get(ticket_id, [])
            if way.direction == "out"
        )

    def ticket_of(self, claimed: Claimed) -> int:
        """Return the ticket that the thin scanner asked about."""
        return self.record.cards[claimed.request.code].ticket_id
