"""What the organizer has said of whom cut-off gates let in, and by which word a gate may go."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

import msgspec

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import Duration, Instant
from simulator.judging.ledger_and_device_views import LedgerView
from simulator.judging.seen_visits import CardT, Visit

PLANS: Final = frozenset({"config", "void"})


class Word(Protocol):
    """What the organizer has said of the plan."""

    @property
    def began(self) -> Instant:
        """True time of the question."""

    @property
    def ended(self) -> Instant:
        """Of the answer."""

    @property
    def head(self) -> int:
        """The feed's newest number then: gates are told of it by a later one."""


class Set(msgspec.Struct, frozen=True):
    """The organizer's word on whom gates let in that are cut off.

    Attributes:
        policy: Whom.
        began: True time of the question.
        ended: Of the answer.
        head: The feed's newest number then: gates are told of it by a later one.
    """

    policy: OfflinePolicy
    began: Instant
    ended: Instant
    head: int


def told_by(ledger: LedgerView, said: Word) -> float:
    """Return the feed's number by which gates are told of a word: it comes when one asks next."""
    return told_after(ledger, said.head)


def told_after(ledger: LedgerView, head: int) -> float:
    """Return the first number of the feed after this one by which gates are told of a plan.

    Of an older plan than the newest the feed keeps the place alone.
    """
    numbers = (number for number, kind, _ in ledger.feed if kind in PLANS)
    return next((one for one in numbers if one > head), math.inf)


def knew_by(visits: Sequence[Visit[CardT]], visit: Visit[CardT], hears: Duration) -> Instant:
    """Return up to when a gate had surely heard of all when somebody came."""
    since = [
        one.began
        for one in visits
        if one.node == visit.node and one.is_in_reach and one.began <= visit.began
    ]
    return Instant(max(since, default=Instant(0)) - hears)


WordT = TypeVar("WordT", bound=Word)


def heard_last(
    words: Sequence[WordT], ledger: LedgerView, until: Instant, read: int, known: Instant
) -> Sequence[WordT]:
    """List the words of which a gate may have heard one last.

    Args:
        words: All, in order.
        ledger: What gates are told.
        until: It answers by then.
        read: So far it has read of the feed.
        known: What was said by then it has surely heard.
    """
    said = [one for one in words if one.began <= until]
    old = sum(one.ended < known or told_by(ledger, one) <= read for one in said)
    return said[max(0, old - 1) :]


def may_go_by(
    words: Sequence[Set], ledger: LedgerView, until: Instant, read: int, known: Instant
) -> set[OfflinePolicy]:
    """List the policies by which a gate may go; what is said is as of `heard_last`."""
    return {one.policy for one in heard_last(words, ledger, until, read, known)}
