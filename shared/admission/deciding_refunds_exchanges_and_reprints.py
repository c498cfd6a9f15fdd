"""May a ticket be refunded, exchanged, printed anew now? Tills and ledger ask this very function.

So of each withdrawal: also before it is voided, handed over or passed on. Pure.

Source:
    docs/decisions/0047-purposes.md
"""

from __future__ import annotations

import msgspec

from shared.admission.facts import GONE, TicketState
from shared.admission.purpose import ENDING, REPLACING, Purpose
from shared.admission.reasons import Reason
from shared.credential.sizes_and_bounds import GENERATION_MAX


class WithdrawalFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a withdrawal is decided by.

    Attributes:
        purpose: Any but `ADMISSION`.
        state: The ticket's.
        blocked: By the organizer.
        generation: The newest that is known of it.
        shown: The generation of the credential that was shown; None where its row was picked, or
            a code that has none.
        is_imported: It is known by a foreign code, of which there is one.
        is_used: Somebody has come in on it, or has been promised to.
        is_granted: The ledger says it, or all live gates of the venue's network were asked.
        is_home_elsewhere: Another device may let its holder in, unheard, and did not answer.
        is_approved: A supervisor has signed it, or somebody with the right to do so asks.
        is_over: The event is off or over: nothing is handed out any more.
        is_disputed: Somebody has taken back what was paid for it, or may yet.
        is_bound: The event's terms let nobody pass it on to somebody else any more.
    """

    purpose: Purpose
    state: TicketState
    blocked: bool = False
    generation: int = 0
    shown: int | None = None
    is_imported: bool = False
    is_used: bool = False
    is_granted: bool = True
    is_home_elsewhere: bool = False
    is_approved: bool = False
    is_over: bool = False
    is_disputed: bool = False
    is_bound: bool = False


def decide_withdrawal(facts: WithdrawalFacts) -> Reason:
    """Decide one withdrawal. Pure and total.

    Returns:
        `OK`; `SUPERVISOR` where a supervisor may still allow it; else why it cannot be.
    """
    denial = _find_denial(facts)
    if denial is not None:
        return denial
    alone = not facts.is_granted or facts.is_home_elsewhere
    is_twice = facts.is_disputed and facts.purpose in ENDING
    is_kept = facts.is_bound and facts.purpose is Purpose.TRANSFER
    takes_more = facts.is_used or facts.blocked or alone or is_twice or is_kept
    if takes_more and not facts.is_approved:
        return Reason.SUPERVISOR
    return Reason.OK


def _find_denial(facts: WithdrawalFacts) -> Reason | None:
    """Give what no supervisor can allow."""
    if facts.state in GONE:
        return Reason.CANCELLED
    if facts.shown is not None and facts.shown < facts.generation:
        return Reason.SUPERSEDED
    if facts.state is not TicketState.PAID:
        return Reason.UNPAID
    if facts.purpose in REPLACING:
        if facts.blocked:
            return Reason.BLOCKED
        if facts.is_over:
            return Reason.EXPIRED
        if facts.is_imported or newest_of(facts) >= GENERATION_MAX:
            return Reason.RULES_DENIED
    elif facts.purpose not in ENDING:
        return Reason.MALFORMED
    return None


def newest_of(facts: WithdrawalFacts) -> int:
    """Return the generation that is taken away: the newest of what is known and what is shown."""
    return max(facts.generation, facts.generation if facts.shown is None else facts.shown)
