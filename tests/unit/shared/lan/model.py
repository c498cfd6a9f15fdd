"""Every interleaving of a few claims among a few gates, over the real `ClaimBook`.

A step is: a claim begins; an ask, an answer or a journal entry arrives; a claim's time runs out;
a lane decides and journals; a gate crashes and starts again. Messages arrive in any order, or
never (then they were lost); with `repeats`, an ask may also arrive as often as it likes, early
and late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from shared.kernel.id_types import ClaimId, DeviceId, GateId, ZoneId
from shared.kernel.instant import Duration
from shared.lan.claim_book import ClaimBook, ClaimSettlement, OwnClaim
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
        holds_first: Whether a lane binds its peers before it asks them, as long as it likes: the
            ledger does not answer.
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
    holds_first: bool = False

    @property
    def devices(self) -> list[str]:
        """All gates."""
        return sorted(self.asked)


class Gate:
    """One gate's state. A step makes a new one, so that states of the venue share those before.

    Attributes:
        exact: The same for gates that go on alike, in whatever order they list things.
        mark: The same for gates that differ in order only: these count as one state.
    """

    __slots__ = ("book", "exact", "known", "mark", "saved", "saved_clock")

    def __init__(self, device: str, book: Callable[..., ClaimBook]) -> None:
        self.known: Known = {}
        self.saved: frozenset[Claim] = frozenset()
        self.saved_clock = 0
        self.exact = self.mark = 0
        self.restart(device, book)

    def restart(self, device: str, book: Callable[..., ClaimBook]) -> None:
        """Begin with what is durable."""
        self.book = book(
            device,
            self.uses_of,
            promises=[claim for claim in self.saved if claim.device_id != device],
            orphans=[claim for claim in self.saved if claim.device_id == device],
            clock=self.saved_clock,
        )

    def uses_of(self, _key: ClaimKey) -> Sequence[Hold]:
        """List the uses in the store; all are of one key."""
        return [hold for outcome, hold in self.known.values() if outcome is ClaimOutcome.USED]

    def copy(self) -> Gate:
        """Copy for the next step."""
        new = object.__new__(Gate)
        new.known, new.saved, new.saved_clock = dict(self.known), self.saved, self.saved_clock
        new.book = _copy_book(self.book, new)
        return new

    def save(self, claim: Claim) -> None:
        """Make a claim durable."""
        self.saved |= {claim}
        self.saved_clock = max(self.saved_clock, claim.stamp)

    def learn(self, outcome: ClaimOutcome, hold: Hold) -> None:
        """Take in a journal entry."""
        self.known[hold.ref] = (outcome, hold)
        self.book.end(hold.ref, outcome, KEY, hold)
        self.book.mark_stored([hold.ref])
        self.saved = frozenset(claim for claim in self.saved if claim.ref != hold.ref)

    def number(self, numbers: Numbers) -> None:
        """Note the state that the step came to."""
        own, rest = _freeze_book(self.book)
        durable = (self.saved, self.saved_clock)
        self.exact = numbers.of((own, rest, tuple(self.known.items()), durable))
        unordered = (frozenset((*one[:3], frozenset(one[3]), *one[4:]) for one in own), *rest[:1])
        known = frozenset(self.known.items())
        self.mark = numbers.of((unordered, *map(frozenset, rest[1]), known, durable))


class Numbers:
    """Gives equal things equal numbers, the first 0."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._numbers: dict[object, int] = {}

    def of(self, thing: object) -> int:
        """Give a thing's number."""
        number = self._numbers.setdefault(thing, len(self.all))
        if number == len(self.all):
            self.all.append(thing)
        return number


class Effect(msgspec.Struct):
    """What a step changes: it depends only on the gate that it touches, so it is run once.

    Attributes:
        gate: That gate afterwards.
        taken: The message that is no longer on its way, as a bit.
        sent: Those that now are.
        statuses: What becomes of claims.
        crashes: How many more there were.
    """

    gate: Gate
    taken: int = 0
    sent: int = 0
    statuses: dict[str, int] = {}
    crashes: int = 0


class Model:
    """All steps of a plan, over the real book."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.numbers, self.messages, self.words = Numbers(), Numbers(), Numbers()
        self._effects: dict[tuple[object, ...], Effect] = {}

    def start(self) -> World:
        """Give the venue before anything has happened."""
        gates = {device: Gate(device, self.plan.book) for device in self.plan.devices}
        for gate in gates.values():
            gate.number(self.numbers)
        return World(self, gates, 0, dict.fromkeys(self.plan.claims, self.words.of("new")), 0)

    def effect(self, device: str, gate: Gate, act: Act[T], what: T) -> Effect:
        """Tell what a step of a gate does, in any state of the venue.

        Args:
            device: The gate that the step touches.
            gate: Its state: all that the step looks at besides `what`.
            act: The step.
            what: What arrives, or whose claim it is.
        """
        key = (device, gate.exact, act, what)
        effect = self._effects.get(key)
        if effect is None:
            effect = self._effects[key] = Effect(gate.copy())
            act(self, effect, device, what)
            for settlement in effect.gate.book.settle(Duration(1)):
                effect.statuses[settlement.claim.claim_id] = self.words.of(settlement)
            effect.gate.number(self.numbers)
        return effect

    def message(self, number: int) -> Message:
        """Return the message of a number."""
        message: Message = self.messages.all[number]
        return message

    def _bit(self, message: Message) -> int:
        return 1 << self.messages.of(message)

    def _claim(self, book: ClaimBook, device: str, claim_id: ClaimId) -> Claim:
        return Claim(
            claim_id=claim_id,
            key=KEY,
            device_id=DeviceId(device),
            gate_id=GateId(""),
            count=self.plan.claims[claim_id][1],
            at=0,
            stamp=book.next_stamp(),
        )

    def hold(self, effect: Effect, device: str, claim_id: ClaimId) -> None:
        """Let a lane bind its peers, before it turns to them."""
        book = effect.gate.book
        book.hold(self._claim(book, device, claim_id))
        effect.statuses[claim_id] = self.words.of("held")

    def begin(self, effect: Effect, device: str, claim_id: ClaimId) -> None:
        """Let a claim begin."""
        book = effect.gate.book
        claim = self._claim(book, device, claim_id)
        effect.gate.save(claim)
        book.open_claim(claim, self.plan.asked[device], Duration(NEVER))
        effect.statuses[claim_id] = self.words.of("open")
        known = frozenset(hash_use(use) for use in book.uses(KEY))
        for peer in self.plan.asked[device]:
            effect.sent |= self._bit(Ask(peer, claim, known))

    def expire(self, effect: Effect, _device: str, claim_id: ClaimId) -> None:
        """Let a claim's time run out."""
        own = effect.gate.book.own_claim(claim_id)
        assert own is not None
        own.deadline = Duration(0)

    def deliver(self, effect: Effect, device: str, number: int) -> None:
        """Let a message arrive."""
        gate, message = effect.gate, self.message(number)
        if not (isinstance(message, Ask) and self.plan.repeats):
            effect.taken = 1 << number
        match message:
            case Ask(claim=claim, known=known):
                if gate.book.is_over(claim.ref) or claim.ref in gate.known:
                    return
                if gate.book.promise(claim):
                    gate.save(claim)
                holds = tuple(gate.book.answer(claim, known))
                answer = Answer(claim.device_id, device, claim.claim_id, holds)
                effect.sent = self._bit(answer)
            case Answer(sender=sender, claim_id=claim_id, holds=holds):
                gate.book.take_answer(sender, claim_id, holds)
            case EntryNews(outcome=outcome, hold=hold):
                gate.learn(outcome, hold)

    def decide(self, effect: Effect, device: str, number: int) -> None:
        """Let the lane decide a claim that was settled."""
        settlement = self.words.all[number]
        assert isinstance(settlement, ClaimSettlement)
        holds = {hold.ref: hold for hold in settlement.holds}
        holds |= {use.ref: use for use in effect.gate.book.uses(KEY)}
        claim = settlement.claim
        fits = claim.count + sum(hold.count for hold in holds.values()) <= self.plan.allowance
        if not fits:
            outcome, word = ClaimOutcome.RELEASED, "deny"
        elif settlement.has_quorum:
            outcome, word = ClaimOutcome.USED, "lan"
        elif self.plan.is_lenient:
            outcome, word = ClaimOutcome.USED, "alone"
        else:
            outcome, word = ClaimOutcome.RELEASED, "refer"
        self._journal(effect, device, outcome, claim)
        effect.statuses[claim.claim_id] = self.words.of(word)

    def crash(self, effect: Effect, device: str, _what: None) -> None:
        """Let a gate lose what is not durable, and start again."""
        effect.crashes = 1
        saved = effect.gate.saved
        effect.gate.restart(device, self.plan.book)
        for claim in saved:
            if claim.device_id == device:
                self._journal(effect, device, ClaimOutcome.RELEASED, claim)
                effect.statuses[claim.claim_id] = self.words.of("lost")

    def _journal(self, effect: Effect, device: str, outcome: ClaimOutcome, claim: Claim) -> None:
        hold = msgspec.structs.replace(hold_of(claim), state=HoldState.USED)
        effect.gate.learn(outcome, hold)
        for peer in self.plan.asked[device] if self.plan.has_news else ():
            effect.sent |= self._bit(EntryNews(peer, outcome, hold))


Act: TypeAlias = Callable[[Model, Effect, str, T], None]


class World:
    """One state of the venue: its gates, what is on its way, and what became of claims."""

    __slots__ = ("crashes", "gates", "model", "net", "state", "statuses")

    def __init__(
        self,
        model: Model,
        gates: dict[str, Gate],
        net: int,
        statuses: dict[str, int],
        crashes: int,
    ) -> None:
        self.model, self.gates, self.net = model, gates, net
        self.statuses, self.crashes = statuses, crashes
        marks = (gate.mark for gate in gates.values())
        self.state = (*marks, net, *statuses.values(), crashes)
        """What makes two states the same."""

    @property
    def plan(self) -> Plan:
        """What is explored."""
        return self.model.plan

    @property
    def status(self) -> dict[str, str | ClaimSettlement]:
        """What became of each claim."""
        words = self.model.words.all
        return {claim_id: words[number] for claim_id, number in self.statuses.items()}

    def steps(self) -> Iterator[tuple[object, World]]:
        """Yield every possible next state with the name of the step."""
        for claim_id, status in self.status.items():
            device, one = self.plan.claims[claim_id][0], ClaimId(claim_id)
            if status == "new" and self.plan.holds_first:
                yield f"hold {claim_id}", self._step(device, Model.hold, one)
            elif status in {"new", "held"}:
                yield f"begin {claim_id}", self._step(device, Model.begin, one)
            elif isinstance(status, ClaimSettlement):
                number = self.statuses[claim_id]
                yield f"decide {claim_id}", self._step(device, Model.decide, number)
            elif status == "open" and self.plan.deadlines:
                yield f"late {claim_id}", self._step(device, Model.expire, one)
        net = self.net
        while net:
            number = (net & -net).bit_length() - 1
            net &= net - 1
            message = self.model.message(number)
            yield message, self._step(message.to, Model.deliver, number)
        if self.crashes < self.plan.crashes:
            for device in self.plan.devices:
                yield f"crash {device}", self._step(device, Model.crash, None)

    def _step(self, device: str, act: Act[T], what: T) -> World:
        effect = self.model.effect(device, self.gates[device], act, what)
        return World(
            self.model,
            {**self.gates, device: effect.gate},
            self.net & ~effect.taken | effect.sent,
            {**self.statuses, **effect.statuses} if effect.statuses else self.statuses,
            self.crashes + effect.crashes,
        )


def _copy_book(book: ClaimBook, gate: Gate) -> ClaimBook:
    new = object.__new__(type(book))
    new.device_id, new.clock = book.device_id, book.clock
    new._uses_of = gate.uses_of
    new._promises, new._outcomes = dict(book._promises), dict(book._outcomes)
    new._fresh = dict(book._fresh)
    new._own = {}
    for claim_id, own in book._own.items():
        twin = OwnClaim(own.claim, own.asked, own.deadline)
        twin.answered, twin.counted = set(own.answered), dict(own.counted)
        twin.doubted = set(own.doubted)
        twin.is_settled = own.is_settled
        new._own[claim_id] = twin
    return new


def _freeze_book(book: ClaimBook) -> tuple[Any, Any]:
    own = tuple(
        (
            one.claim,
            one.deadline,
            frozenset(one.answered),
            tuple(one.counted.items()),
            one.is_settled,
            frozenset(one.doubted),
        )
        for one in book._own.values()
    )
    kept = (tuple(book._promises), tuple(book._outcomes.items()), tuple(book._fresh))
    return own, (book.clock, kept)


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
    start = Model(plan).start()
    seen = {start.state}
    ends: set[tuple[str, ...]] = set()
    stack: list[tuple[World, tuple[object, ...]]] = [(start, ())]
    while stack:
        world, trail = stack.pop()
        has_next = False
        for name, following in world.steps():
            state = following.state
            has_next = has_next or state != world.state
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


def _word(status: str | ClaimSettlement) -> str:
    return status if isinstance(status, str) else "settled"


def persons_admitted(world: World, *modes: str) -> int:
    """Count the persons whom the lanes let in under these modes."""
    counts = (count for _, count in world.plan.claims.values())
    return sum(
        count for count, word in zip(counts, world.status.values(), strict=True) if word in modes
    )
