"""What a gate signs when it asks a home over the venue's network, and the home's answer shows.

A home's `give` spends a ticket in another gate's name. Without that gate's own word the ledger
would believe it of tickets that nobody has shown anywhere.

Source:
    docs/specs/lan.md, section 8
"""

from __future__ import annotations

from typing import Final

from shared.admission.offline_policy import Rung
from shared.journal.entry import GiveBody, ScanBody
from shared.kernel.ed25519 import SigningKey, is_valid
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.packing import pack

WORD_VERSION: Final = 1
ASK_CONTEXT: Final = b"gatekeeper/home-ask/1"


def sign_ask(key: SigningKey, event_id: EventId, home: DeviceId, wanted: GiveBody) -> bytes:
    """Sign, as the gate where the holder stands, the answer that it wants of a ticket's home.

    Args:
        key: The asking device's.
        event_id: At which event.
        home: Who is asked.
        wanted: The answer; its reason and its proof are not signed.
    """
    return key.sign(ASK_CONTEXT, _word(event_id, home, wanted))


def is_asked(public_key: bytes, event_id: EventId, home: DeviceId, given: GiveBody) -> bool:
    """Tell whether the device that an answer names has asked that home for just that.

    Args:
        public_key: The device's key.
        event_id: Of the answer's entry.
        home: Whose entry it is.
        given: The answer.
    """
    proof = given.proof
    word = _word(event_id, home, given)
    return proof is not None and is_valid(public_key, proof.asked, ASK_CONTEXT, word)


def passage_of(body: GiveBody) -> ScanBody:
    """Return the passage of which the asker's own journal will tell, as its proof is judged."""
    proof = body.proof
    return ScanBody(
        claim_id=body.claim_id,
        gate_id=body.gate_id,
        zone_id=body.zone_id,
        occurrence_id=body.occurrence_id,
        direction="in",
        count=body.count,
        ticket_id=body.ticket_id,
        generation=None,
        key_id=None,
        code_hash=b"",
        verdict="admit",
        reason=body.reason,
        mode=Rung.LAN.value,
        person="" if proof is None else proof.person,
        seen=b"" if proof is None else proof.seen,
        signature=b"" if proof is None else proof.signature,
    )


def _word(event_id: EventId, home: DeviceId, give: GiveBody) -> bytes:
    return pack(
        (
            WORD_VERSION,
            event_id,
            home,
            give.claim_id,
            give.ticket_id,
            give.zone_id,
            give.occurrence_id,
            give.count,
            give.device_id,
            give.gate_id,
        )
    )
