"""What the LAN rung tells the lane, and what it tells of its own condition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum

import msgspec

from shared.kernel.ed25519 import sha256
from shared.kernel.errors import BadSignature, Malformed
from shared.kernel.id_types import DeviceId, OrganizationId
from shared.lan.claim_book import ClaimSettlement
from shared.lan.claims import Hold, HoldState, Judge
from shared.lan.presence import Drop
from shared.manifest.document import DocumentKind, decode_document, open_document
from shared.wire.claim import ClaimAnswer
from shared.wire.relay import RelayedWord

ReadWord = Callable[[bytes, bytes], ClaimAnswer | None]
"""Verifies what a peer brought of the ledger against this gate's own request; see `read_word`."""

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
        by: For the screen: the hold that stands against it, where one does.
        silent: The peers that did not answer.
        ledger: What the ledger said, and signed, through a peer with an uplink, or None. It
            reserves the ticket there; the peers here are needed all the same, so the mode stays
            `lan`.
    """

    answer: LanAnswer
    holds: tuple[Hold, ...] = ()
    by: Hold | None = None
    silent: tuple[str, ...] = ()
    ledger: ClaimAnswer | None = None


def judge_settlement(
    settlement: ClaimSettlement,
    judge: Judge,
    ledger: ClaimAnswer | None = None,
    stands_against: StandsAgainst = is_denied,
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
    by = _latest_entry(settlement.holds) if answer is LanAnswer.TAKEN else None
    return LanVerdict(answer, settlement.holds, by, settlement.silent, ledger)


def _latest_entry(holds: tuple[Hold, ...]) -> Hold | None:
    entries = [hold for hold in holds if hold.direction == "in"]
    entries.sort(key=lambda hold: (hold.state is HoldState.USED, hold.at))
    return entries[-1] if entries else None


_ANSWER = msgspec.json.Decoder(ClaimAnswer)


def read_word(
    encoded: bytes,
    request: bytes,
    *,
    root_public_key: bytes,
    organization_id: OrganizationId,
    device_id: DeviceId,
    withdrawn: Collection[bytes] = (),
) -> ClaimAnswer | None:
    """Read what a peer brought from the ledger.

    Returns:
        The answer; None where the ledger has not signed it, or not for this very request of this
        device: then the peer has made it up, or brings an old one.
    """
    try:
        word = open_document(
            decode_document(encoded),
            DocumentKind.RELAYED,
            RelayedWord,
            root_public_key=root_public_key,
            organization_id=organization_id,
            withdrawn=withdrawn,
        )
        if word.device_id != device_id or word.request_hash != sha256(request):
            return None
        return _ANSWER.decode(word.answer)
    except (Malformed, BadSignature, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class RungStatus(msgspec.Struct, frozen=True):
    """The condition of the rung, for the status page.

    Attributes:
        live: Device ids of the live peers.
        roster: How many other devices the roster names.
        is_isolated: The roster names others, and nobody was heard for a while: a cable, or an
            access point that keeps its clients apart.
        promises: Open claims of others that this gate counts.
        alarms: Devices that behave as no honest one does, with the reason.
    """

    live: tuple[str, ...]
    roster: int
    is_isolated: bool
    promises: int
    alarms: tuple[tuple[str, str], ...]


class LanMetrics:
    """Counts since the start.

    Attributes:
        answers: Claims by `LanAnswer`.
        dropped: Datagrams ignored, by reason; shared with the protocol.
        waited_us: Sum of the microseconds that claims waited.
        waited_us_max: The longest of them.
        sent: Datagrams sent.
        received: Datagrams received.
        lookup_faults: Datagrams not answered because the store could not be read.
    """

    def __init__(self) -> None:
        self.answers: Counter[LanAnswer] = Counter()
        self.dropped: Mapping[Drop, int] = {}
        self.waited_us = 0
        self.waited_us_max = 0
        self.sent = 0
        self.received = 0
        self.lookup_faults = 0

    def note(self, answer: LanAnswer, waited_us: int) -> None:
        """Count one claim."""
        self.answers[answer] += 1
        self.waited_us += waited_us
        self.waited_us_max = max(self.waited_us_max, waited_us)
