"""Every interleaving of a few claims among a few gates, over the real `ClaimBook`.

A step is: a claim begins; an ask, an answer or a journal entry arrives; a claim's time runs out;
a lane decides and journals; a gate crashes and starts again. Messages arrive in any order, or
never (then they were lost); with `repeats`, an ask may also arrive as often as it likes, early
and late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

import msgspec

from shared.kernel.id_types import ClaimId, DeviceId, GateId, ZoneId
from shared.kernel.instant import Duration
from shared.lan.claim_book import ClaimBook, OwnClaim, Settlement
from shared.lan.claims import (
    Claim,
    ClaimKey,
    ClaimOutcome,
    Hold,
    HoldState,
    Ref,
    hash_use,
    hold_of,
)

T = TypeVar("T")

KEY: Final = ClaimKey(7, ZoneId("zn_1"))
NEVER: Final = 1 << 60
Known: TypeAlias = dict[Ref, tuple[ClaimOutcome, Hold]]


class Ask(msgspec.Struct, frozen=True):
    """An ask on its way."""

    to: str
    claim: Claim
    known: frozenset[bytes]


class Answer(msgspec.Struct, frozen=True):
    """An answer on its way."""

    to: str
    sender: str
    claim_id: ClaimId
    holds: tuple[Hold, ...]


class EntryNews(msgspec.Struct, frozen=True):
    """A journal entry on its way."""

    to: str
    outcome: ClaimOutcome
    hold: Hold


Message: TypeAlias = Ask | Answer | EntryNews


class Plan(msgspec.Struct, frozen=True):
    """What is explored.

    Attributes:
        claims: Claim id to device and count.
        asked: Device to those whom it asks.
        allowance: Persons that the ticket lets in.
        crashes: How many crashes at most.
        deadlines: Whether time may run out (else every claim waits for all).
        is_lenient: A gate without a quorum admits on its own if nothing that it knows forbids.
        repeats: Whether an ask may arrive again.
        has_news: Whether journal entries reach others at all.
        book: The class under test, or a spoilt one.
    """

    claims: Mapping[str, tuple[str, int]]
    asked: Mapping[str, frozenset[str]]
    allowance: int = 1
    crashes: int = 0
    deadlines: bool = True
    is_lenient: bool = False
    repeats: bool = False
    has_news: bool = True
    book: Callable[..., ClaimBook] = ClaimBook

    @property
    def devices(self) -> list[str]:
        """All gates."""
        return sorted(self.asked)


class World:
    """One state of the venue."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.known: dict[str, Known] = {device: {} for device in plan.devices}
        self.saved: dict[str, frozenset[Claim]] = dict.fromkeys(plan.devices, frozenset())
        self.saved_clock: dict[str, int] = dict.fromkeys(plan.devices, 0)
        self.net: frozenset[Message] = frozenset()
        self.status: dict[str, str | Settlement] = dict.fromkeys(plan.claims, "new")
        self.crashes = 0
        self.books = {device: self._new_book(device) for device in plan.devices}
        self.interned: dict[object, int] = {}
        self.marks: dict[str, int] = {}
        for device in plan.devices:
            self.mark(device)

    # -- copying and comparing

    def copy(self, touched: str) -> World:
        """Copy, deeply for the one gate that the next step touches."""
        new = object.__new__(World)
        new.plan = self.plan
        new.known = {**self.known, touched: dict(self.known[touched])}
        new.saved, new.saved_clock = dict(self.saved), dict(self.saved_clock)
        new.net, new.status, new.crashes = self.net, dict(self.status), self.crashes
        new.marks, new.interned = dict(self.marks), self.interned
        new.books = {**self.books, touched: _copy_book(self.books[touched], new, touched)}
        return new

    def state(self) -> object:
        """Return what makes two states the same."""
        return (*self.marks.values(), self.net, *self._words(), self.crashes)

    def _words(self) -> list[int]:
        return [self._number(status) for status in self.status.values()]

    def mark(self, device: str) -> None:
        """Note the state of a gate that a step touched."""
        frozen = (
            _freeze_book(self.books[device]),
            frozenset(self.known[device].items()),
            self.saved[device],
            self.saved_clock[device],
        )
        self.marks[device] = self._number(frozen)

    def _number(self, value: object) -> int:
        return self.interned.setdefault(value, len(self.interned))

    # -- steps

    def steps(self) -> Iterator[tuple[object, World]]:
        """Yield every possible next state with the name of the step."""
        for claim_id, (device, _) in self.plan.claims.items():
            status = self.status[claim_id]
            if status == "new":
                yield self._step(f"begin {claim_id}", device, World._begin, ClaimId(claim_id))
            elif isinstance(status, Settlement):
                yield self._step(f"decide {claim_id}", device, World._decide, ClaimId(claim_id))
            elif status == "open" and self.plan.deadlines:
                yield self._step(f"late {claim_id}", device, World._expire, ClaimId(claim_id))
        for message in self.net:
            yield self._step(message, message.to, World._deliver, message)
        if self.crashes < self.plan.crashes:
            for device in self.plan.devices:
                yield self._step(f"crash {device}", device, World._crash, device)

    def _step(
        self, name: object, device: str, act: Callable[[World, T], None], what: T
    ) -> tuple[object, World]:
        new = self.copy(device)
        act(new, what)
        new._settle(device)
        new.mark(device)
        return name, new

    def _begin(self, claim_id: ClaimId) -> None:
        device, count = self.plan.claims[claim_id]
        book = self.books[device]
        claim = Claim(
            claim_id=claim_id,
            key=KEY,
            device_id=DeviceId(device),
            gate_id=GateId(""),
            count=count,
            at=0,
            stamp=book.next_stamp(),
        )
        self._save(device, claim)
        book.open_claim(claim, self.plan.asked[device], Duration(NEVER))
        self.status[claim_id] = "open"
        known = frozenset(hash_use(use) for use in book.uses(KEY))
        self.net |= {Ask(peer, claim, known) for peer in self.plan.asked[device]}

    def _expire(self, claim_id: ClaimId) -> None:
        own = self.books[self.plan.claims[claim_id][0]].own_claim(claim_id)
        assert own is not None
        own.deadline = Duration(0)

    def _deliver(self, message: Message) -> None:
        book = self.books[message.to]
        match message:
            case Ask(to=to, claim=claim, known=known):
                if not self.plan.repeats:
                    self.net -= {message}
                if book.is_over(claim.ref) or claim.ref in self.known[to]:
                    return
                if book.promise(claim):
                    self._save(to, claim)
                holds = tuple(book.answer(claim, known))
                self.net |= {Answer(claim.device_id, to, claim.claim_id, holds)}
            case Answer(to=to, sender=sender, claim_id=claim_id, holds=holds):
                self.net -= {message}
                book.take_answer(sender, claim_id, holds)
            case EntryNews(to=to, outcome=outcome, hold=hold):
                self.net -= {message}
                self._learn(to, outcome, hold)

    def _decide(self, claim_id: ClaimId) -> None:
        device = self.plan.claims[claim_id][0]
        settlement = self.status[claim_id]
        assert isinstance(settlement, Settlement)
        holds = {hold.ref: hold for hold in settlement.holds}
        holds |= {use.ref: use for use in self.books[device].uses(KEY)}
        claim = settlement.claim
        fits = claim.count + sum(hold.count for hold in holds.values()) <= self.plan.allowance
        if not fits:
            self._journal(device, ClaimOutcome.RELEASED, claim)
            self.status[claim_id] = "deny"
        elif settlement.has_quorum:
            self._journal(device, ClaimOutcome.USED, claim)
            self.status[claim_id] = "lan"
        elif self.plan.is_lenient:
            self._journal(device, ClaimOutcome.USED, claim)
            self.status[claim_id] = "alone"
        else:
            self._journal(device, ClaimOutcome.RELEASED, claim)
            self.status[claim_id] = "refer"

    def _crash(self, device: str) -> None:
        self.crashes += 1
        self.books[device] = self._new_book(device)
        for claim in self.saved[device]:
            if claim.device_id == device:
                self._journal(device, ClaimOutcome.RELEASED, claim)
                self.status[claim.claim_id] = "lost"

    # -- parts of steps

    def _settle(self, device: str) -> None:
        for settlement in self.books[device].settle(Duration(1)):
            self.status[settlement.claim.claim_id] = settlement

    def _save(self, device: str, claim: Claim) -> None:
        self.saved[device] |= {claim}
        self.saved_clock[device] = max(self.saved_clock[device], claim.stamp)

    def _journal(self, device: str, outcome: ClaimOutcome, claim: Claim) -> None:
        hold = msgspec.structs.replace(hold_of(claim), state=HoldState.USED)
        self._learn(device, outcome, hold)
        others = self.plan.asked[device] if self.plan.has_news else ()
        self.net |= {EntryNews(peer, outcome, hold) for peer in others}

    def _learn(self, device: str, outcome: ClaimOutcome, hold: Hold) -> None:
        self.known[device][hold.ref] = (outcome, hold)
        book = self.books[device]
        book.end(hold.ref, outcome, KEY, hold)
        book.mark_stored([hold.ref])
        kept = {claim for claim in self.saved[device] if claim.ref != hold.ref}
        self.saved[device] = frozenset(kept)

    def _new_book(self, device: str) -> ClaimBook:
        return self.plan.book(
            device,
            self._uses_of(device),
            promises=[c for c in self.saved[device] if c.device_id != device],
            orphans=[c for c in self.saved[device] if c.device_id == device],
            clock=self.saved_clock[device],
        )

    def _uses_of(self, device: str) -> Callable[[ClaimKey], Sequence[Hold]]:
        return lambda _key: [
            hold for outcome, hold in self.known[device].values() if outcome is ClaimOutcome.USED
        ]


def _copy_book(book: ClaimBook, world: World, device: str) -> ClaimBook:
    new = object.__new__(type(book))
    new.device_id, new.clock = book.device_id, book.clock
    new._uses_of = world._uses_of(device)
    new._promises, new._outcomes = dict(book._promises), dict(book._outcomes)
    new._fresh = dict(book._fresh)
    new._own = {}
    for claim_id, own in book._own.items():
        twin = OwnClaim(own.claim, own.asked, own.deadline)
        twin.answered, twin.counted = set(own.answered), dict(own.counted)
        twin.is_settled = own.is_settled
        new._own[claim_id] = twin
    return new


def _freeze_book(book: ClaimBook) -> object:
    own = [
        (
            o.claim,
            o.deadline,
            frozenset(o.answered),
            frozenset(o.counted.items()),
            o.is_settled,
        )
        for o in book._own.values()
    ]
    return (
        book.clock,
        frozenset(own),
        frozenset(book._promises),
        frozenset(book._outcomes.items()),
        frozenset(book._fresh),
    )


class Explored(msgspec.Struct):
    """What an exploration came to.

    Attributes:
        states: How many different states there are.
        ends: How the claims ended, over all states without a next one.
        trail: The steps into the first state that the check refused, or none.
    """

    states: int
    ends: set[tuple[str, ...]]
    trail: list[object]


def explore(plan: Plan, is_wrong: Callable[[World], bool], states_max: int = 400_000) -> Explored:
    """Visit every state that can be reached; stop at the first one that is wrong."""
    start = World(plan)
    seen = {start.state()}
    ends: set[tuple[str, ...]] = set()
    stack: list[tuple[World, tuple[object, ...]]] = [(start, ())]
    while stack:
        world, trail = stack.pop()
        has_next = False
        for name, following in world.steps():
            state = following.state()
            has_next = has_next or state != world.state()
            if state in seen:
                continue
            seen.add(state)
            assert len(seen) <= states_max, "the model outgrew its bound"
            if is_wrong(following):
                return Explored(len(seen), ends, [*trail, name])
            stack.append((following, (*trail, name)))
        if not has_next:
            ends.add(tuple(_word(status) for status in world.status.values()))
    return Explored(len(seen), ends, [])


def _word(status: str | Settlement) -> str:
    return status if isinstance(status, str) else "settled"


def persons_admitted(world: World, *modes: str) -> int:
    """Count the persons whom the lanes let in under these modes."""
    counts = (count for _, count in world.plan.claims.values())
    return sum(
        count for count, word in zip(counts, world.status.values(), strict=True) if word in modes
    )
