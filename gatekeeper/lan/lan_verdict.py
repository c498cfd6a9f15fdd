"""What the LAN rung tells the lane: what came of asking the peers, judged."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from shared.lan.claim_book import ClaimSettlement
from shared.lan.claims import Hold, Judge
from shared.wire.claim import ClaimAnswer

StandsAgainst = Callable[[ClaimAnswer], bool]
"""Whether the ledger's word, verified, stands against a claim as far as the lane knows."""


def is_denied(word: ClaimAnswer) -> bool:
    """Tell whether the ledger turns a holder away."""
    return word.verdict == "deny"


class LanAnswer(StrEnum):
    """What came of asking the peers.

    `free`: every live peer answered, and nothing stands against it: admit in mode `lan`.
    `taken`: what the peers hold leaves no room: deny, `already_used`, whatever the rung.
    `no_quorum`: a live peer was silent, or none is live: the offline policy decides, and counts
    the holds that were heard of.
    """

    FREE = "free"
    TAKEN = "taken"
    NO_QUORUM = "no_quorum"


class LanVerdict(msgspec.Struct, frozen=True):
    """The answer to one LAN claim.

    Attributes:
        answer: See `LanAnswer`.
        holds: What the decision must count as used, besides this gate's own knowledge.
        silent: The peers that did not answer.
        ledger: What the ledger said, and signed, through a peer with an uplink, or None. It
            reserves the ticket there; the peers here are needed all the same, so the mode stays
            `lan`.
    """

    answer: LanAnswer
    holds: tuple[Hold, ...] = ()
    silent: tuple[str, ...] = ()
    ledger: ClaimAnswer | None = None


def judge_settlement(
    settlement: ClaimSettlement,
    judge: Judge,
    ledger: ClaimAnswer | None,
    stands_against: StandsAgainst,
) -> LanVerdict:
    """Turn a settlement into a verdict.

    Args:
        settlement: What came of asking.
        judge: Whether the decision would still admit with these holds counted as uses.
        ledger: The ledger's verified word on the claim, or None.
        stands_against: Whether that word stands against it.
    """
    is_kept_out = ledger is not None and stands_against(ledger)
    if is_kept_out or not judge(settlement.holds):
        answer = LanAnswer.TAKEN
    elif settlement.has_quorum:
        answer = LanAnswer.FREE
    else:
        answer = LanAnswer.NO_QUORUM
    return LanVerdict(answer, settlement.holds, settlement.silent, ledger)
