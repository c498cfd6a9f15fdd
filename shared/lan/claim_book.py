"""The heart of rung 2: which claims a gate has made and promised, and what each must count.

One rule carries it all. **A gate that leaves a claim of its own out of an answer, of which it
knows, thereby undertakes to count the asker's claim in that claim's decision.** So of any two
claims of a key of which one gate asked the other, at least one counts the other as if it were
used. Whoever counts decides with the one admission function; nobody grants anything.

Not here: signatures, liveness, time limits on the wire (`shared.lan.peer`). The caller makes
durable what it is told to remember before it sends what depends on it.

Source: docs/specs/lan.md, sections 4 and 5, with the proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Final

import msgspec

from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.instant import Duration
from shared.lan.claim_order import precedes
from shared.lan.claims import (
    STAMP_MAX,
    Claim,
    ClaimKey,
    ClaimOutcome,
    Hold,
    HoldState,
    Judge,
    Ref,
    UsesOf,
    hash_use,
    hold_of,
    judge_single_entry,
)

OWN_OPEN_MAX: Final = 32
"""Claims of its own that a gate keeps open at once; an honest lane has one."""
PROMISES_PER_DEVICE_MAX: Final = 64
"""Above `OWN_OPEN_MAX`, so that no honest gate ever meets it."""
STAMP_LEAP_MAX: Final = 1 << 32
"""How far a stamp may lie ahead, so that one false gate cannot use up the numbers."""
STAMP_STEP_MAX: Final = 1 << 20
"""Further ahead than honest gates come that have not heard of each other: only a false one leaps,
and who was told by it."""
OUTCOMES_MAX: Final = 8_192


class OwnClaim:
    """A claim of this gate's that has not ended.

    Attributes:
        claim: As it was sent.
        asked: Whose answers it needs.
        answered: Who has answered in full.
        counted: What its decision must count as used.
        doubted: Later claims that their devices have asked about since, and so count this one:
            where an answer of theirs still names one, it was made before that, and is asked anew.
        deadline: Monotonic instant at which it settles with what it has.
        judge: Whether the decision admits with what is counted; if so, it waits for no open
            claim to end.
        is_remembered: It was asked about, so that it must survive a restart.
        relay: The peer whose answer from the ledger it waits for, or "".
        ledger: That answer, or b"".
        relayed_by: The peer that brought it, or "".
        is_settled: Its holds were handed out; from then on it binds others.
    """

    __slots__ = (
        "answered",
        "asked",
        "claim",
        "counted",
        "deadline",
        "doubted",
        "is_remembered",
        "is_settled",
        "judge",
        "ledger",
        "relay",
        "relayed_by",
    )

    def __init__(
        self,
        claim: Claim,
        asked: frozenset[str],
        deadline: Duration,
        judge: Judge = judge_single_entry,
    ) -> None:
        self.claim = claim
        self.judge = judge
        self.asked = asked
        self.deadline = deadline
        self.answered: set[str] = set()
        self.counted: dict[Ref, Hold] = {}
        self.doubted: set[Ref] = set()
        self.is_remembered = bool(asked)
        self.relay = ""
        self.ledger = b""
        self.relayed_by = ""
        self.is_settled = False

    @property
    def silent(self) -> frozenset[str]:
        """Who was asked and has not answered."""
        return self.asked - self.answered

    def doubt(self, later: Claim) -> None:
        """Ask a device anew that had named a claim before it asked about it.

        A gate binds its peers before it asks them. If two do, each names its claim to the other,
        and each would wait for the other's end until both turn their holder away.
        """
        named = self.counted.get(later.ref)
        if named is not None and named.state is HoldState.OPEN:
            self.answered.discard(later.device_id)
        self.doubted.add(later.ref)


class ClaimSettlement(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking: the lane decides with it, at once and once.

    Attributes:
        claim: The claim.
        has_quorum: Every gate that was asked has answered, and at least one was.
        holds: What to count as used besides the gate's own knowledge.
        silent: Who did not answer.
        ledger: What the ledger said through a peer, a signed document; b"" for nothing. Nobody
            has verified it yet.
        relayed_by: That peer, or "".
    """

    claim: Claim
    has_quorum: bool
    holds: tuple[Hold, ...]
    silent: tuple[str, ...]
    ledger: bytes = b""
    relayed_by: str = ""


class ClaimBook:
    """All open claims that one gate knows of: its own, and those it promised to count.

    Attributes:
        clock: The highest stamp seen or given.
    """

    def __init__(
        self,
        device_id: DeviceId,
        uses_of: UsesOf,
        *,
        promises: Iterable[Claim] = (),
        orphans: Iterable[Claim] = (),
        clock: int = 0,
    ) -> None:
        """Take up what was durable.

        Args:
            device_id: This gate.
            uses_of: Looks up the uses of a key.
            promises: Claims of others that were remembered and not forgotten.
            orphans: Claims of this device of an earlier boot; they bind others until the lane
                journals how they ended, and are never admitted.
            clock: The highest stamp among all claims ever remembered.
        """
        self.device_id = device_id
        self.clock = clock
        self._uses_of = uses_of
        self._own: dict[str, OwnClaim] = {}
        self._promises: dict[Ref, Claim] = {}
        self._outcomes: dict[Ref, ClaimOutcome] = {}
        self._fresh: dict[Ref, tuple[ClaimKey, Hold]] = {}
        for claim in promises:
            self._promises[claim.ref] = claim
            self.clock = max(self.clock, claim.stamp)
        for claim in orphans:
            self.hold(claim)
            self._own[claim.claim_id].is_remembered = True

    # -- this gate's own claims

    def next_stamp(self) -> int:
        """Give the stamp of a new claim."""
        self.clock = min(self.clock + 1, STAMP_MAX)
        return self.clock

    def open_claim(
        self,
        claim: Claim,
        asked: frozenset[str],
        deadline: Duration,
        judge: Judge = judge_single_entry,
    ) -> OwnClaim:
        """Open a claim whose decision waits for `asked`; the caller remembers it, then asks."""
        own = OwnClaim(claim, asked, deadline, judge)
        self._own.pop(claim.claim_id, None)  # one that begins anew comes last
        self._own[claim.claim_id] = own
        own.counted = {hold.ref: hold for hold in self.open_holds(claim.key, claim.claim_id)}
        return own

    def hold(self, claim: Claim) -> list[Hold]:
        """Let a claim that asks nobody bind others, while this gate decides it on another rung.

        Returns:
            The open claims of the key, which that decision must count.
        """
        self.clock = max(self.clock, claim.stamp)
        own = self.open_claim(claim, frozenset(), Duration(0))
        own.is_settled = True
        return list(own.counted.values())

    def own_claim(self, claim_id: ClaimId) -> OwnClaim | None:
        """Return an open claim of this gate's."""
        return self._own.get(claim_id)

    def own_claims(self) -> list[OwnClaim]:
        """Return all open claims of this gate's, oldest first."""
        return list(self._own.values())

    def drop_hold(self, claim_id: ClaimId) -> None:
        """Give up a hold that nobody was admitted under; what peers were asked about stays."""
        own = self._own.get(claim_id)
        if own is not None and not own.is_remembered:
            del self._own[claim_id]

    def promised(self, ref: Ref) -> Claim | None:
        """Return an open claim of another gate's that this one promised to count."""
        return self._promises.get(ref)

    @property
    def promise_count(self) -> int:
        """How many open claims of others this gate counts."""
        return len(self._promises)

    def promised_rights(self) -> set[tuple[DeviceId, ClaimKey]]:
        """Name the rights that other gates hold by open claims."""
        return {(claim.device_id, claim.key) for claim in self._promises.values()}

    def promises_used(self) -> list[tuple[Claim, Hold]]:
        """List the open claims of others that are among the known uses of their rights."""
        return [
            (claim, use)
            for claim in self._promises.values()
            for use in self.uses(claim.key)
            if use.ref == claim.ref
        ]

    def promises_to(self, device_id: DeviceId) -> int:
        """Count the open claims of a device that this gate promised to count."""
        return sum(device == device_id for device, _ in self._promises)

    def promised_unanswered(self, own: OwnClaim) -> list[Claim]:
        """List what gates that have not answered a claim have asked for of its right meanwhile.

        They may have given its answer up as well, and then either would let the holder in.
        """
        return [
            claim
            for claim in self._promises.values()
            if claim.key == own.claim.key
            and claim.device_id not in own.answered
            and claim.ref not in own.counted
        ]

    def open_holds(self, key: ClaimKey, claim_id: ClaimId = ClaimId("")) -> list[Hold]:
        """List the open claims of a key that the decision of `claim_id` counts on any rung.

        Of this gate's own these are the ones that began earlier: a later one counts `claim_id`.
        If each counted the other, a code that is read twice would let nobody in.
        """
        promised = [hold_of(claim) for claim in self._promises.values() if claim.key == key]
        earlier = takewhile(lambda own: own.claim.claim_id != claim_id, self._own.values())
        return promised + [hold_of(own.claim) for own in earlier if own.claim.key == key]

    def uses(self, key: ClaimKey) -> list[Hold]:
        """List the uses of a key: those of the store, and those on their way into it."""
        uses = list(self._uses_of(key))
        known = {use.ref for use in uses}
        fresh = [hold for at, hold in self._fresh.values() if at == key and hold.ref not in known]
        return uses + fresh

    # -- what others say

    def is_over(self, ref: Ref) -> bool:
        """Tell whether a claim has ended, as far as this gate remembers."""
        return ref in self._outcomes

    def follow(self, stamp: int) -> bool:
        """Tell whether a stamp may be promised; towards one that is too far ahead go a leap.

        So a gate whose clock a false one has driven ahead, and not this gate's, is not refused for
        good: whoever asks by right asks again.
        """
        is_near = stamp <= self.clock + STAMP_LEAP_MAX
        if not is_near:
            self.clock += STAMP_LEAP_MAX
        return is_near

    def promise(self, claim: Claim) -> bool:
        """Count another gate's claim from now on; True if it is new and must be remembered.

        It stands until its owner's signed entry ends it. No timer frees it.
        """
        self.clock = max(self.clock, claim.stamp)
        is_new = claim.ref not in self._promises
        if is_new:
            self._promises[claim.ref] = claim
        return is_new

    def answer(
        self, claim: Claim, known: frozenset[bytes], uses: Sequence[Hold] | None = None
    ) -> list[Hold]:
        """List what the asker must count; call after `promise`.

        A claim of this gate's that comes later in the order, and that is not decided yet or was
        decided counting the asker's, is left out: it counts the asker's claim instead.

        Args:
            claim: The asker's.
            known: Hashes of the uses that it need not be told.
            uses: The uses of its key; looked up if they are not given.
        """
        holds = [
            hold_of(own.claim)
            for own in self._own.values()
            if own.claim.key == claim.key and not self._yields(own, claim)
        ]
        holds += [
            hold_of(other)
            for other in self._promises.values()
            if other.key == claim.key and other.device_id != claim.device_id
        ]
        found = self.uses(claim.key) if uses is None else uses
        news = [use for use in found if hash_use(use) not in known]
        news.sort(key=lambda use: use.at, reverse=True)
        return holds + news

    def is_outdone_by(self, claim: Claim) -> bool:
        """Tell whether a claim of this gate's that is not decided yet would yield to another's."""
        return any(
            own.claim.key == claim.key and not own.is_settled and precedes(claim, own.claim)
            for own in self._own.values()
        )

    def _yields(self, own: OwnClaim, claim: Claim) -> bool:
        if not precedes(claim, own.claim):
            if not own.is_settled:
                own.doubt(claim)
            return False
        if own.is_settled:
            return claim.ref in own.counted
        own.counted.setdefault(claim.ref, hold_of(claim))
        return True

    def take_answer(
        self, sender: str, claim_id: ClaimId, holds: Iterable[Hold], *, is_complete: bool = True
    ) -> None:
        """Take an answer to a claim of this gate's; a late or second one changes nothing.

        What a gate says of its own claims is the last word on them, for this claim; what others
        said of them falls. (A claim that this gate undertook to count comes before this one, so
        its owner names it as long as it is open.) An incomplete answer only adds to what counts.
        Of what several say of one claim the stricter counts, and no exit does: nobody signs here.
        """
        own = self._own.get(claim_id)
        if own is None or own.is_settled or sender not in own.silent:
            return
        holds = list(holds)
        open_refs = {one.ref for one in holds if one.state is HoldState.OPEN}
        former = {ref for ref in own.doubted & open_refs if ref[0] == sender}
        own.doubted -= former
        if is_complete and not former:
            own.answered.add(sender)
            for ref in [ref for ref in own.counted if ref[0] == sender]:
                del own.counted[ref]
        for hold in holds:
            if self._counts(own, sender, hold):
                own.counted[hold.ref] = self._stricter(self._as_known(hold), own)

    def _counts(self, own: OwnClaim, sender: str, hold: Hold) -> bool:
        if hold.direction == "out":
            return False  # its entry gives back, once it is here
        if hold.device_id == self.device_id and hold.state is HoldState.OPEN:
            return False  # this gate knows its own open claims best
        if hold.device_id != sender and hold.device_id in own.answered:
            return False  # the owner has spoken
        outcome = self._outcomes.get(hold.ref)
        return outcome in {None, ClaimOutcome.USED}

    def _as_known(self, hold: Hold) -> Hold:
        if self._outcomes.get(hold.ref) is ClaimOutcome.USED:
            return msgspec.structs.replace(hold, state=HoldState.USED)
        return hold

    @staticmethod
    def _stricter(hold: Hold, own: OwnClaim) -> Hold:
        before = own.counted.get(hold.ref, hold)
        is_used = HoldState.USED in {hold.state, before.state}
        return msgspec.structs.replace(
            hold,
            at=max(hold.at, before.at),
            count=max(hold.count, before.count),
            state=HoldState.USED if is_used else HoldState.OPEN,
        )

    # -- how claims end

    def end(self, ref: Ref, outcome: ClaimOutcome, key: ClaimKey | None, hold: Hold) -> bool:
        """Take a verified journal entry's word on how a claim ended.

        Args:
            ref: Which claim.
            outcome: How.
            key: What was used, for a use.
            hold: The use; for other outcomes only its ref matters.

        Returns:
            Whether a claim was open under this ref, so that it must be forgotten.
        """
        before = self._outcomes.get(ref)
        if before is not None and before >= outcome:
            return False
        self._outcomes[ref] = outcome
        if len(self._outcomes) > OUTCOMES_MAX:
            del self._outcomes[next(iter(self._outcomes))]
        was_open = self._promises.pop(ref, None) is not None
        if ref[0] == self.device_id:
            was_open = self._own.pop(ref[1], None) is not None or was_open
        if outcome is not ClaimOutcome.USED:
            self._fresh.pop(ref, None)
        else:
            assert key is not None, "a use names what was used"
            self._fresh[ref] = (key, hold)
        for own in self._own.values():
            if ref not in own.counted:
                continue
            if outcome is ClaimOutcome.USED:
                own.counted[ref] = msgspec.structs.replace(hold, state=HoldState.USED)
            elif not own.is_settled:
                del own.counted[ref]
        return was_open

    def mark_stored(self, refs: Iterable[Ref]) -> None:
        """Let go of uses that `uses_of` now finds in the store."""
        for ref in refs:
            self._fresh.pop(ref, None)

    def settle(self, now: Duration | None = None) -> list[ClaimSettlement]:
        """Settle every claim that has all answers and need not wait, or whose time is up.

        Args:
            now: The time, from whoever has read all that has arrived by then; None amid that:
                what a claim still lacks may be what is read next.
        """
        settled = []
        for own in self._own.values():
            is_over = now is not None and own.deadline <= now
            if own.is_settled or not (is_over or self._is_complete(own)):
                continue
            own.is_settled = True
            settled.append(describe_settlement(own))
        return settled

    @staticmethod
    def _is_complete(own: OwnClaim) -> bool:
        if own.silent or own.relay:
            return False
        holds = list(own.counted.values())
        has_open = any(hold.state is HoldState.OPEN for hold in holds)
        return not has_open or own.judge(holds)


def describe_settlement(own: OwnClaim) -> ClaimSettlement:
    """State what a settled claim was settled with."""
    return ClaimSettlement(
        claim=own.claim,
        has_quorum=bool(own.asked) and not own.silent,
        holds=tuple(own.counted.values()),
        silent=tuple(sorted(own.silent)),
        ledger=own.ledger,
        relayed_by=own.relayed_by,
    )
