"""Whose withdrawal counts at gates that hear of it before the ledger's word."""

from __future__ import annotations

import pytest

from shared.credential.credential_fields import Claims
from shared.credential.keyring import IdRange, Keyring, KeyStatus, TicketKey
from shared.credential.signing import sign_credential
from shared.journal.withdrawal_body import WithdrawalBody
from shared.journal.withdrawal_proof import Withdrawn, is_believed
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, DeviceId, EventId, OrganizationId, TicketId
from shared.manifest.badge_signatures import BadgeScope
from shared.manifest.seen_codes import prove_signed, seen_word

ORGANIZATION, EVENT = OrganizationId("og_1"), EventId("ev_1")
TILL, DISMISSED, GATE = DeviceId("dv_till"), DeviceId("dv_dismissed"), DeviceId("dv_gate")
OFFICE = SigningKey(b"o" * 32)
TICKET = TicketId(77)


def key_of(key_id: int, till: DeviceId | None, status: KeyStatus) -> TicketKey:
    return TicketKey(
        key_id=key_id,
        public_key=OFFICE.public_key
        if till is None
        else SigningKey(bytes([key_id]) * 32).public_key,
        organization_id=ORGANIZATION,
        event_id=EVENT,
        status=status,
        ids=IdRange() if till is None else IdRange(key_id, 8),
        issuer_device_id=till,
    )


KEYS = Keyring(
    [
        key_of(1, None, KeyStatus.ACTIVE),
        key_of(2, TILL, KeyStatus.ACTIVE),
        key_of(3, DISMISSED, KeyStatus.COMPROMISED),
    ]
)


@pytest.mark.parametrize(
    ("device_id", "counts"), [(TILL, True), (GATE, False), (DISMISSED, False)]
)
def test_code_that_was_read_takes_a_right_away_at_a_till_alone(
    device_id: DeviceId, counts: bool
) -> None:
    """A gate reads each guest's code, and lets in by it; it refunds nobody, as at the ledger."""
    claim_id = ClaimId(f"{device_id}.{7:016x}")
    claims = Claims(key_id=1, ticket_id=TICKET, ticket_type_code=5, generation=1)
    word = seen_word(EVENT, device_id, claim_id)
    body = WithdrawalBody(
        claim_id=claim_id,
        ticket_id=TICKET,
        generation=1,
        purpose="refund",
        mode="offline",
        seen=prove_signed(word, sign_credential(claims, OFFICE)),
    )
    speaker = BadgeScope(ORGANIZATION, EVENT, device_id, "")
    assert is_believed(body, speaker, (), KEYS) is counts


@pytest.mark.parametrize(("purpose", "counts"), [("reprint", False), ("refund", True)])
def test_credential_that_was_not_read_is_not_replaced(purpose: str, *, counts: bool) -> None:
    """Else a till would have every later one refused, at gates that hear it, for good."""
    claim_id = ClaimId(f"{TILL}.{7:016x}")
    claims = Claims(key_id=1, ticket_id=TICKET, ticket_type_code=5, generation=1)
    word = seen_word(EVENT, TILL, claim_id)
    body = WithdrawalBody(
        claim_id=claim_id,
        ticket_id=TICKET,
        generation=2,
        purpose=purpose,
        mode="offline",
        seen=prove_signed(word, sign_credential(claims, OFFICE)),
    )
    speaker = BadgeScope(ORGANIZATION, EVENT, TILL, "")
    assert is_believed(body, speaker, (), KEYS, newest=1) is counts
    assert not is_believed(body, speaker, (), KEYS, newest=2), "somebody else's by now"


def test_what_replaces_a_credential_is_the_next_one_whatever_its_till_says() -> None:
    """The ledger gives it out, and the office may reissue the ticket after that."""
    body = WithdrawalBody(
        claim_id=ClaimId("c"),
        ticket_id=TICKET,
        generation=1,
        purpose="transfer",
        mode="online",
        new_generation=255,
    )
    assert Withdrawn().and_then(body) == Withdrawn(generation=2)
