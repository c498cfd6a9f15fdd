"""What a supervisor says with their badge: a signature that no gate's own key can make.

A gate's key proves which machine wrote an entry; whoever steals the machine has it. What may cost
more than that machine's own lane (a return after an evacuation, an entry for a holder found by
name) is signed with a key that only the badge gives. The manifest tells everybody its public half.

Source:
    docs/specs/manifest.md, section 11
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from shared.credential.badges_and_pins import derive_from_badge
from shared.kernel.ed25519 import SigningKey, is_valid
from shared.kernel.id_types import (
    ClaimId,
    ConflictId,
    DeviceId,
    EventId,
    OrganizationId,
    TicketId,
    ZoneId,
)
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from shared.kernel.packing import pack
from shared.manifest.event_config import SupervisorConfig

WORD_VERSION: Final = 1
_KEY_CONTEXT: Final = b"gatekeeper/badge/key/1\0"
_WORD_CONTEXT: Final = b"gatekeeper/badge/word/1"


class BadgeAct(StrEnum):
    """What a supervisor's badge signs: each act with the subject that it is for."""

    EVACUATION = "evacuation"
    """Subject: evacuation, zone, phase, and the instants at which it began and was empty."""
    FIND = "find"
    """An entry for a holder found by name. Subject: claim id, ticket id, zone."""
    OVERRIDE = "override"
    """Subject: claim id, ticket id, zone."""
    PAPER = "paper"
    """A passage by a list on paper, keyed in later. Subject: claim id, ticket id, zone, direction,
    persons, and the instants between which it was."""
    SETTLE = "settle"
    """What became of a conflict. Subject: conflict id, disposition."""
    WITHDRAW = "withdraw"
    """A ticket's right is taken away. Subject: claim id, ticket id, purpose, generation that is
    taken away, minor units paid out, their currency."""

    SHIFT = "shift"
    """Something at a drawer that takes a supervisor. Subject: shift id, number, act, minor units,
    their currency."""


class BadgeWord(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One thing that a supervisor says, once, at one device.

    Attributes:
        v: `WORD_VERSION`.
        organization_id: Whose supervisor.
        event_id: At which event.
        device_id: Whose journal, or claim, carries it; another device's word is not it.
        person: The supervisor's opaque id.
        act: A `BadgeAct`.
        subject: What it is about, as the act lists it.
    """

    v: int
    organization_id: OrganizationId
    event_id: EventId
    device_id: DeviceId
    person: str
    act: str
    subject: tuple[str, ...]


class BadgeScope(msgspec.Struct, frozen=True):
    """Where a word is said, and by whom: the scope of `BadgeWord`."""

    organization_id: OrganizationId
    event_id: EventId
    device_id: DeviceId
    person: str

    def say(self, act: BadgeAct, *subject: str) -> BadgeWord:
        """Make a word."""
        return BadgeWord(
            v=WORD_VERSION,
            organization_id=self.organization_id,
            event_id=self.event_id,
            device_id=self.device_id,
            person=self.person,
            act=act,
            subject=subject,
        )


def passage_word(
    speaker: BadgeScope, act: BadgeAct, *, claim_id: ClaimId, ticket_id: TicketId, zone_id: ZoneId
) -> BadgeWord:
    """Make the word on one passage: `FIND` or `OVERRIDE`."""
    return speaker.say(act, claim_id, format_ticket_id(ticket_id), zone_id)


def paper_word(
    speaker: BadgeScope,
    *,
    claim_id: ClaimId,
    ticket_id: TicketId,
    zone_id: ZoneId,
    direction: str,
    count: int,
    span: tuple[Instant | None, Instant | None],
) -> BadgeWord:
    """Make the word on a passage that was keyed in from a list on paper, with when it was."""
    return speaker.say(
        BadgeAct.PAPER,
        claim_id,
        format_ticket_id(ticket_id),
        zone_id,
        direction,
        str(count),
        *("" if one is None else str(one) for one in span),
    )


def withdrawal_word(
    speaker: BadgeScope,
    *,
    claim_id: ClaimId,
    ticket_id: TicketId,
    purpose: str,
    generation: int,
    amount_minor: int,
    currency: str,
) -> BadgeWord:
    """Make the word by which a supervisor lets a ticket's right be taken away."""
    return speaker.say(
        BadgeAct.WITHDRAW,
        claim_id,
        format_ticket_id(ticket_id),
        purpose,
        str(generation),
        str(amount_minor),
        currency,
    )


def ruling_word(speaker: BadgeScope, conflict_id: ConflictId, disposition: str) -> BadgeWord:
    """Make the word on what became of a conflict."""
    return speaker.say(BadgeAct.SETTLE, conflict_id, disposition)


def shift_word(
    speaker: BadgeScope,
    *,
    shift_id: str,
    number: int,
    act: str,
    amount_minor: int,
    currency: str,
) -> BadgeWord:
    """Make the word on one act of a shift."""
    return speaker.say(BadgeAct.SHIFT, shift_id, str(number), act, str(amount_minor), currency)


def badge_key(code: str, organization_id: OrganizationId) -> SigningKey:
    """Return the key pair that a badge's code gives; the private half is never stored.

    It shares no bytes with the key that opens names: each is hashed for its own purpose.
    """
    return SigningKey(derive_from_badge(_KEY_CONTEXT, code, organization_id))


def sign_word(key: SigningKey, word: BadgeWord) -> bytes:
    """Sign a word; 64 bytes."""
    return key.sign(_WORD_CONTEXT, pack(word))


def is_signed_with(public_key: bytes, word: BadgeWord, signature: bytes) -> bool:
    """Tell whether the badge with this public key has signed a word."""
    return is_valid(public_key, signature, _WORD_CONTEXT, pack(word))


def is_supervisors_word(
    word: BadgeWord, signature: bytes, supervisors: Sequence[SupervisorConfig]
) -> bool:
    """Tell whether a word was signed with the badge of the supervisor whom it names.

    Args:
        word: As the entry or claim says it, its scope taken from what the reader knows.
        signature: Beside it.
        supervisors: Those of the instant that counts. One whose badge signs nothing (their
            `sign_key` is empty: a badge that the organizer chose, or that was given out before
            badges signed) has signed nothing.
    """
    named = [one for one in supervisors if one.id == word.person and one.sign_key]
    return any(is_valid(one.sign_key, signature, _WORD_CONTEXT, pack(word)) for one in named)
