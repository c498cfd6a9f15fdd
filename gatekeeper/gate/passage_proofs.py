"""What a passage's entry proves besides: that the code was read here, and who vouches for it."""

from __future__ import annotations

from gatekeeper.gate.attempt import Attempt
from gatekeeper.gate.imported_tickets_by_peers import imported_code
from gatekeeper.gate.knowledge import Knowledge
from shared.admission.reasons import Reason
from shared.journal.entry import AskProof, GiveBody
from shared.journal.home_asks import sign_ask
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import DeviceId, TicketId, ZoneId
from shared.manifest.badge_signatures import BadgeAct, BadgeScope, passage_word
from shared.manifest.case_of_shown_code import Case
from shared.manifest.presenting import foreign_digest
from shared.manifest.seen_codes import (
    credential_of,
    prove_foreign,
    prove_manual,
    prove_signed,
    seen_word,
)
from shared.wire.device_feed import HomeRequest


def prove_seen(
    knowledge: Knowledge, attempt: Attempt, case: Case, ticket_id: TicketId | None
) -> bytes:
    """Prove that a ticket's code was read; empty where nobody has shown one that is genuine.

    Args:
        knowledge: What the device knows.
        attempt: For which passage it was.
        case: What was read, and what it turned out to be.
        ticket_id: Whom it let in; the ledger may know the code where this gate does not.
    """
    presented, event = case.presented, knowledge.event
    claims = presented.claims
    if presented.is_found or ticket_id is None or event is None:
        return b""
    word = seen_word(event.event_id, DeviceId(event.device_id), attempt.claim_id)
    if claims is not None and claims.ticket_id == ticket_id:
        # Its key may be one that the ledger alone knows so far, which lets it in: put back to
        # before, it finds it out by this.
        return prove_signed(word, credential_of(presented.text))
    if ticket_id == presented.ticket_id:
        return prove_foreign(word, foreign_digest(imported_code(presented), event.event_id))
    code = presented.manual_code
    return b"" if code is None else prove_manual(word, code)


def prove_ask(
    knowledge: Knowledge, attempt: Attempt, case: Case, ask: HomeRequest, key: SigningKey
) -> AskProof:
    """Prove to a ticket's home, and to the ledger, that this gate has cause to ask for an entry.

    Args:
        knowledge: What the device knows.
        attempt: For which passage it is.
        case: What was read, and what it turned out to be.
        ask: What is asked, and whom.
        key: This device's.
    """
    event, ticket_id = knowledge.event, case.ticket_id
    if event is None or ticket_id is None:
        return AskProof()
    wanted = GiveBody(
        claim_id=attempt.claim_id,
        ticket_id=ticket_id,
        zone_id=case.zone_id,
        occurrence_id=case.occurrence_id,
        count=attempt.count,
        device_id=DeviceId(event.device_id),
        gate_id=ask.gate_id,
        reason=Reason.OK.value,
    )
    return AskProof(
        seen=prove_seen(knowledge, attempt, case, ticket_id),
        person=attempt.person,
        signature=sign_passage(
            knowledge, attempt, act=BadgeAct.FIND, ticket_id=ticket_id, zone_id=case.zone_id
        ),
        asked=sign_ask(key, event.event_id, DeviceId(ask.home_device_id), wanted),
    )


def sign_passage(
    knowledge: Knowledge,
    attempt: Attempt,
    *,
    act: BadgeAct,
    ticket_id: TicketId | None,
    zone_id: ZoneId,
) -> bytes:
    """Sign what a supervisor lets happen; empty where their badge was not shown."""
    event = knowledge.event
    if not attempt.person or ticket_id is None or event is None:
        return b""
    config = event.config
    speaker = BadgeScope(
        config.organization_id, event.event_id, DeviceId(event.device_id), attempt.person
    )
    word = passage_word(
        speaker, act, claim_id=attempt.claim_id, ticket_id=ticket_id, zone_id=zone_id
    )
    return knowledge.badge.sign(word)


def act_of(reason: Reason) -> BadgeAct:
    """Return what a supervisor's badge signs for an admission with this reason."""
    return BadgeAct.OVERRIDE if reason is Reason.OVERRIDE else BadgeAct.FIND
