"""I6: a zone never holds more than its limit, whatever is cut off, by devices' own journals.

Who is inside is counted by true time, in favour of the gates: an entry counts when its lamp was
lit, an exit when the holder came to the gate, whoever was seen coming. Where the limit stays as it
is, nobody is over it: every entry was let through by the ledger's word or by its device's share.

Where the organizer changes the limit, each entry is judged by the newest word of the ledger before
it that gave anybody room: its own word for the entry, or, for an entry on a share, the last one
that its gate had read of. At that word all were within the limit whom the ledger knew inside, and
whom devices might still let in on their shares. So the entry may not make more be inside than the
highest limit that stood from that word on, besides those of whom the ledger had not heard by then
and who came in where a gate knew of no limit. That is:

- A limit below what is inside, or below that and what shares hold, is not kept at once: nobody is
  put out, and shares may be used up. The ledger itself lets nobody in, and grants no share, before
  there is room by the new limit.
- A gate that has not read of a limit lets in as if there were none. One that has lets nobody in
  but on its share or by the ledger's word.
- Whom such gates let in is over the limit, and nobody else is on their account.

Somebody who shows a code at two ways out makes two places only where the rules know of it: a gate
that is cut off puts the place into its own share, of an entry that its share was charged for, and
for the same leaving another gate has the ledger's word, or its journal tells the ledger
(`docs/specs/admission.md`, 8). Each is right by what it knows; somebody may be too many until the
gate is heard, as a conflict says.

A share that the organizer declared lost may overfill the zone. Where the ledger hears of an entry
while more are inside than stood as the limit at its time, a conflict says so; so it does where
more were inside by true time, and else none does. What stands in the end was so by true time.
When all is quiet, ledger and devices keep the same accounts, who is inside by the ledger is who is
inside by the journals, and without a limit the ledger counts nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.journal.entry import ReleaseBody, UndoBody
from shared.wire.feed import Annul, Use
from simulator.checkers.zone_shares import compare_shares
from simulator.judging.evidence import Evidence, Passage
from simulator.judging.passage_order import GRANTED
from simulator.judging.truth import ledger_place, ledger_time
from simulator.judging.zone_limits import WORDS, Limits, Words

OVER_CAPACITY = "over_capacity"


def check_capacity(evidence: Evidence) -> Iterator[str]:
    """Yield each person too many, and each place that an account has lost or made up."""
    scenario = evidence.scenario
    if scenario.capacity is None and scenario.limit_every is None:
        return
    limits = Limits(evidence)
    if not evidence.history.restores:  # else claims of the lost ledger stand in no journal
        if not evidence.history.lost_homes:
            yield from _overfull(evidence, limits)
            yield from _reported(evidence, limits)
        yield from _unreported(evidence, limits)
    yield from _accounts(evidence, limits)
    yield from compare_shares(evidence)


def _overfull(evidence: Evidence, limits: Limits) -> Iterator[str]:
    """Walk through all passages as they were."""
    words = Words(evidence)
    unheard: list[Passage] = []
    heads: dict[int | None, int] = {}
    leavings = Leavings(evidence, words)
    inside = 0
    for passage in sorted(evidence.passages, key=lambda one: _when(evidence, one)):
        body = passage.body
        leavings.take(passage)
        if passage.is_taken_back:
            continue
        # Nobody goes out who is out already, however often the code is shown at a way out.
        before = heads.get(body.ticket_id, 0)
        heads[body.ticket_id] = max(0, before + _persons(passage))
        inside += heads[body.ticket_id] - before
        if body.direction != "in":
            continue
        is_alone = not words.is_word(body.claim_id) and body.allotted < body.count
        if is_alone:
            if limits.is_known(passage.held.entry.cursor):
                yield f"{_name(passage)} on no share and without the ledger's word"
            unheard.append(passage)
            continue
        word = words.room_of(passage)
        if passage.scan is None or passage.scan.ended is None:
            continue
        most = limits.most(word, passage.scan.ended)
        if most is None or inside <= most:
            continue
        unknown = sum(
            one.body.count
            for one in unheard
            if words.places.get(one.body.claim_id, word + 1) > word
        )
        unknown += leavings.twice(word)
        if inside - unknown > most:
            yield (
                f"{inside} persons in a zone for {most} by {_name(passage)}, room since {word},"
                f" {unknown} unheard of"
            )
            return


class Leavings:
    """Who was seen to leave both by a cut-off gate whose share they had cost and elsewhere."""

    def __init__(self, evidence: Evidence, words: Words) -> None:
        self._words = words
        self._undone = {
            held.body.claim_id: held.entry.seq
            for device in evidence.devices
            for held in device.entries
            if isinstance(held.body, ReleaseBody | UndoBody)
        }
        self._charged: dict[int | None, list[Passage]] = {}
        self._exits: dict[int | None, list[Passage]] = {}
        self._twice: list[tuple[Passage, Passage]] = []

    def take(self, passage: Passage) -> None:
        """Look at the next passage; an entry that is taken back cost its gate until it was."""
        body = passage.body
        if body.direction == "in" and body.allotted > 0:
            self._charged.setdefault(body.ticket_id, []).append(passage)
        if passage.is_taken_back:
            return
        if body.direction == "in":
            self._exits.pop(body.ticket_id, None)
            return
        earlier = self._exits.setdefault(body.ticket_id, [])
        for one in earlier:
            for own, other in ((one, passage), (passage, one)):
                is_elsewhere = own.node != other.node or self._words.is_word(other.body.claim_id)
                if self._is_credit(own) and is_elsewhere:
                    self._twice.append((own, other))
        earlier.append(passage)

    def twice(self, word: int | None = None) -> int:
        """Count persons of whose leaving a gate was not heard yet by a word of the ledger."""
        return sum(
            min(own.body.count, other.body.count)
            for own, other in self._twice
            if word is None or self._words.places.get(own.body.claim_id, word + 1) > word
        )

    def _is_credit(self, passage: Passage) -> bool:
        body, seq = passage.body, passage.held.entry.seq
        is_own = any(
            one.node == passage.node and self._undone.get(one.body.claim_id, seq) >= seq
            for one in self._charged.get(body.ticket_id, ())
        )
        return body.allotted < 0 and is_own and body.mode != "online"


def _name(passage: Passage) -> str:
    entry, body = passage.held.entry, passage.body
    return f"{passage.node} seq {entry.seq}: x{body.count} let in at cursor {entry.cursor}"


def _persons(passage: Passage) -> int:
    return passage.body.count if passage.body.direction == "in" else -passage.body.count


def _when(evidence: Evidence, passage: Passage) -> tuple[int, int]:
    """Tell when somebody counts; a passage that nobody saw is counted where it excuses most."""
    scan, is_entry = passage.scan, passage.body.direction == "in"
    if scan is None or scan.ended is None:
        return (evidence.ended if is_entry else 0), is_entry
    return (scan.ended if is_entry else scan.began), is_entry


def _reported(evidence: Evidence, limits: Limits) -> Iterator[str]:
    """Nobody is said to be over a limit who never was by what the ledger had heard.

    Of exits by its own word the feed does not tell when their places were free; they are not
    counted.
    """
    if not _is_reported(evidence):
        return
    leavings = Leavings(evidence, Words(evidence))
    for passage in sorted(evidence.passages, key=lambda one: _when(evidence, one)):
        leavings.take(passage)
    if leavings.twice():
        return
    if not evidence.history.limits:
        yield f"the ledger says that a zone for {limits.last} is overfull"
        return
    if _may_have_been_over(evidence, limits):
        return
    kinds = {one.kind for one in evidence.ledger.conflicts if not one.disposition}
    if OVER_CAPACITY in kinds:
        yield "the ledger says in the end that the zone was overfull, and it never was"
    if not _was_heard_over(evidence, limits):
        yield "the ledger says that the zone is overfull, and never heard of more than it holds"


def _was_heard_over(evidence: Evidence, limits: Limits) -> bool:
    """Tell whether the ledger ever heard of an entry while it knew of too many."""
    passages = {one.body.claim_id: one for one in evidence.passages}
    standing: dict[int, dict[str, Use]] = {}
    inside: dict[int, int] = {}
    for _, _, item in evidence.ledger.feed:
        if not isinstance(item, Annul | Use):
            continue
        uses = standing.setdefault(item.ticket_id, {})
        is_heard = isinstance(item, Use) and _is_heard(evidence, item)
        if isinstance(item, Annul):
            uses.pop(item.claim_id, None)
        elif item.direction == "in" or is_heard:
            uses[item.claim_id] = item
        inside[item.ticket_id] = _left_in(
            (use.at, use.claim_id, use.count if use.direction == "in" else -use.count)
            for use in uses.values()
        )
        if is_heard and isinstance(item, Use) and item.direction == "in":
            judging = limits.judging(passages.get(item.claim_id))
            total = sum(inside.values())
            if any(limit is not None and total > limit for limit in judging):
                return True
    return False


def _may_have_been_over(evidence: Evidence, limits: Limits) -> bool:
    """Tell whether more were ever inside than a limit that may have stood, by true time.

    As many as there may have been: an entry counts from when its holder came to the gate, an exit
    when the answer was there.
    """

    def when(passage: Passage) -> tuple[int, bool]:
        scan, is_exit = passage.scan, passage.body.direction == "out"
        if scan is None or scan.ended is None:
            return (evidence.ended if is_exit else 0), is_exit
        return (scan.ended if is_exit else scan.began), is_exit

    inside: dict[int | None, int] = {}
    for passage in sorted(evidence.passages, key=when):
        ticket_id = passage.body.ticket_id
        inside[ticket_id] = max(0, inside.get(ticket_id, 0) + _persons(passage))
        if passage.body.direction == "in":
            total = sum(inside.values())
            if any(limit is not None and total > limit for limit in limits.judging(passage)):
                return True
    return False


def _unreported(evidence: Evidence, limits: Limits) -> Iterator[str]:
    """A zone ends overfull only with a conflict, where the last entry heard of says so.

    While that was heard of, as many were inside as at the end, or more.
    """
    inside, limit = _inside_at_the_end(evidence), limits.last
    if limit is None or inside <= limit or _is_reported(evidence):
        return
    uses = evidence.ledger.uses
    heard = [
        item.claim_id
        for _, _, item in evidence.ledger.feed
        if isinstance(item, Use)
        and item.direction == "in"
        and _is_heard(evidence, item)
        and not uses[item.claim_id].is_annulled
    ]
    passages = {one.body.claim_id: one for one in evidence.passages}
    # What a home gave away the ledger hears of from two journals.
    is_plain = bool(heard) and uses[heard[-1]].source == "journal"
    if is_plain and limits.judging(passages.get(heard[-1])) == {limit}:
        yield f"a zone for {limit} ends with {inside}, and no conflict says so"


def _is_reported(evidence: Evidence) -> bool:
    return any(one.kind == OVER_CAPACITY for one in evidence.ledger.conflicts)


def _is_heard(evidence: Evidence, use: Use) -> bool:
    """Tell whether the ledger heard of a passage from a journal, rather than let somebody pass."""
    return evidence.ledger.uses[use.claim_id].source not in WORDS


def _left_in(ways: Iterable[tuple[int, str, int]]) -> int:
    """Count who is inside on one ticket: time, claim and persons of each of its passages.

    The exit of somebody who was not seen coming makes no room.
    """
    inside = 0
    for _, _, persons in sorted(ways, key=lambda way: (way[0], way[2] < 0, way[1])):
        inside = max(0, inside + persons)
    return inside


def _inside_at_the_end(evidence: Evidence) -> int:
    """Count who is inside by the journals, in the order of the ledger's times.

    What it has granted all itself stands in the order in which it did, whatever it calls the time.
    """
    ways: dict[int | None, list[Passage]] = {}
    for one in evidence.passages:
        if not one.is_taken_back:
            ways.setdefault(one.body.ticket_id, []).append(one)
    places = ledger_place(evidence)
    inside = 0
    for passages in ways.values():
        claims = [one.body.claim_id for one in passages]
        sources = {evidence.ledger.uses[one].source for one in claims if one in places}
        is_granted = all(one in places for one in claims) and sources <= GRANTED
        inside += _left_in(
            (
                places[claim_id] if is_granted else ledger_time(evidence, one)[0],
                claim_id,
                _persons(one),
            )
            for claim_id, one in zip(claims, passages, strict=True)
        )
    return inside


def _accounts(evidence: Evidence, limits: Limits) -> Iterator[str]:
    inside = _inside_at_the_end(evidence)
    there = evidence.ledger.inside.get(evidence.venue.zone_id)
    if limits.last is None:
        if there is not None:
            yield f"the ledger counts {there} persons in a zone without a limit"
    elif there is None and evidence.history.limits:
        pass  # it counts them when somebody asks next
    elif (there or 0) != inside:
        yield f"{inside} persons are inside, by the ledger {there or 0}"
