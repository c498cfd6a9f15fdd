"""What proves that a ticket's code was read, for one passage at one device."""

from __future__ import annotations

import pytest

from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.keyring import IdRange, Keyring, TicketKey
from shared.credential.signing import sign_credential
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ClaimId, DeviceId, EventId, OrganizationId, TicketId
from shared.manifest.presenting import foreign_digest, foreign_ticket_id
from shared.manifest.seen_codes import (
    SeenForm,
    credential_of,
    form_of,
    is_foreign_known,
    is_manual_known,
    prove_foreign,
    prove_manual,
    prove_signed,
    read_signed,
    seen_word,
)

EVENT = EventId("ev_1")
PAPER, TILL = SigningKey(b"p" * 32), SigningKey(b"t" * 32)
KEYS = Keyring(
    [
        TicketKey(
            key_id=1,
            public_key=PAPER.public_key,
            organization_id=OrganizationId("og_1"),
            event_id=EVENT,
        ),
        TicketKey(
            key_id=2,
            public_key=TILL.public_key,
            organization_id=OrganizationId("og_1"),
            event_id=EVENT,
            ids=IdRange(1, 8),
        ),
        TicketKey(
            key_id=3,
            public_key=PAPER.public_key,
            organization_id=OrganizationId("og_1"),
            event_id=EventId("ev_2"),
        ),
    ]
)
HERE = seen_word(EVENT, DeviceId("dv_1"), ClaimId("claim"))
UID = bytes(range(7))


@pytest.mark.parametrize("tag_uid", [None, UID], ids=["printed", "on a tag"])
def test_read_credential_is_proven_for_its_passage(tag_uid: bytes | None) -> None:
    """By digits or by a tag; another device, event or claim is another passage."""
    claims = Claims(
        key_id=1, ticket_id=TicketId(77), ticket_type_code=5, generation=3, tag_uid=tag_uid
    )
    credential = sign_credential(claims, PAPER)
    text = to_digits(credential) if tag_uid is None else credential.hex()
    assert credential_of(text) == credential
    proof = prove_signed(HERE, credential)
    assert form_of(proof) is (SeenForm.PRINT if tag_uid is None else SeenForm.TAG)
    found = read_signed(proof, KEYS, EVENT, HERE)
    assert found is not None
    assert found[0] == claims
    for other in (
        seen_word(EventId("ev_2"), DeviceId("dv_1"), ClaimId("claim")),
        seen_word(EVENT, DeviceId("dv_2"), ClaimId("claim")),
        seen_word(EVENT, DeviceId("dv_1"), ClaimId("c")),
    ):
        assert read_signed(proof, KEYS, EVENT, other) is None
    assert read_signed(proof, KEYS, EventId("ev_2"), HERE) is None
    assert len(proof) <= 128
    assert credential[-64:] not in proof


def test_tills_key_proves_nothing_of_tickets_that_others_issue() -> None:
    """Whoever holds it signs any id; those of its range alone are believed."""
    own, foreign = 1 << 56, 77
    for ticket_id, is_proven in ((own, True), (foreign, False)):
        credential = sign_credential(
            Claims(key_id=2, ticket_id=TicketId(ticket_id), ticket_type_code=5), TILL
        )
        proof = prove_signed(HERE, credential)
        assert (read_signed(proof, KEYS, EVENT, HERE) is not None) is is_proven


def test_key_of_another_event_proves_nothing_here() -> None:
    """Its tickets are no tickets here."""
    proof = prove_signed(
        HERE,
        sign_credential(Claims(key_id=3, ticket_id=TicketId(77), ticket_type_code=5), PAPER),
    )
    assert read_signed(proof, KEYS, EVENT, HERE) is None


def test_codes_without_a_signature_are_proven_by_what_the_ledger_knows() -> None:
    """A manual code's number, and of an imported code more than its ticket's id."""
    manual = prove_manual(HERE, 4711)
    assert is_manual_known(manual, HERE, 4711)
    assert not is_manual_known(manual, HERE, 4712)
    assert not is_manual_known(manual, seen_word(EVENT, DeviceId("dv_1"), ClaimId("c")), 4711)
    digest = foreign_digest("TKT-1", EVENT)
    foreign = prove_foreign(HERE, digest)
    assert is_foreign_known(foreign, HERE, digest)
    assert not is_foreign_known(foreign, HERE, foreign_digest("TKT-2", EVENT))
    assert foreign_ticket_id("TKT-1", EVENT).to_bytes(8, "big") not in digest
    assert (form_of(manual), form_of(foreign)) == (SeenForm.MANUAL, SeenForm.FOREIGN)


@pytest.mark.parametrize("proof", [b"", b"\0", b"\x10", b"\x10" + bytes(114), b"\xff" * 200])
def test_garbage_is_no_proof(proof: bytes) -> None:
    """And raises nothing."""
    assert read_signed(proof, KEYS, EVENT, HERE) is None
    assert not is_manual_known(proof, HERE, 1)
    form_of(proof)


def test_what_is_no_credential_is_named() -> None:
    """Neither digits nor hex."""
    with pytest.raises(Malformed):
        credential_of("TKT-1")
