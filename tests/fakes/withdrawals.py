"""Withdrawals at the ledger in the test's own process; a badge's word is not judged there."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from shared.admission.deciding_refunds_exchanges_and_reprints import (
    WithdrawalFacts,
    decide_withdrawal,
)
from shared.admission.facts import TicketState
from shared.admission.purpose import ENDING, Purpose
from shared.admission.reasons import Reason
from shared.credential.keyring import Keyring
from shared.credential.manual_code import format_manual_code, make_manual_code
from shared.kernel.id_types import TicketId
from shared.manifest.case_of_shown_code import Rows, open_case
from shared.manifest.fact_building import EventIndex
from shared.manifest.presenting import present_claim
from shared.manifest.tickets import TicketRow
from shared.wire.claim import ClaimAnswer, ClaimRequest
from tests.factories.gate_event import TicketOffice
from tests.fakes.entropy import SeededEntropy


class Withdrawn(msgspec.Struct, frozen=True):
    """What is said of a withdrawal: the ticket's row before and, where it was granted, after."""

    reason: Reason
    row: TicketRow | None = None
    newer: TicketRow | None = None


def decide(
    office: TicketOffice, rows: Rows, request: ClaimRequest, is_used: Callable[[TicketId], bool]
) -> Withdrawn:
    """Decide by the very function that tills use."""
    presented = present_claim(
        request.code,
        None,
        Keyring(office.keyring),
        event_id=office.config.event_id,
        ticket_id=request.ticket_id,
    )
    row = open_case(EventIndex(office.config), presented, rows).row
    if row is None:
        return Withdrawn(Reason.UNKNOWN_TICKET)
    purpose = Purpose(request.purpose)
    facts = WithdrawalFacts(
        purpose=purpose,
        state=TicketState(row.facts.state),
        generation=row.facts.generation,
        shown=None if presented.claims is None else presented.claims.generation,
        is_used=is_used(row.ticket_id),
        is_approved=bool(request.signature),
    )
    reason = decide_withdrawal(facts)
    if reason is not Reason.OK:
        return Withdrawn(reason, row)
    if purpose in ENDING:
        ended = msgspec.structs.replace(row.facts, state="cancelled")
        return Withdrawn(reason, row, msgspec.structs.replace(row, facts=ended))
    generation = row.facts.generation + 1
    newer = msgspec.structs.replace(row.facts, generation=generation)
    # The code of the credential before it is nobody's any more, as the ledger has it.
    code = make_manual_code(SeededEntropy(f"{row.ticket_id}:{generation}"))
    return Withdrawn(reason, row, msgspec.structs.replace(row, facts=newer, manual_code=code))


def grant(office: TicketOffice, answer: ClaimAnswer, found: Withdrawn) -> ClaimAnswer:
    """Add to an answer which credential is worth nothing now, and which takes its place."""
    row, newer = found.row, found.newer
    assert row is not None
    assert newer is not None
    answer = msgspec.structs.replace(answer, generation=row.facts.generation)
    generation = newer.facts.generation
    if generation == row.facts.generation:
        return answer
    assert newer.manual_code is not None
    return msgspec.structs.replace(
        answer,
        new_generation=generation,
        new_key_id=7,
        new_code=office.digits(row.ticket_id, row.facts.ticket_type_code, generation),
        new_manual_code=format_manual_code(newer.manual_code),
    )
