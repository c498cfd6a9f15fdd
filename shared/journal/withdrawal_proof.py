"""What a withdrawal's entry proves, and what it makes of a ticket, for whoever hears of it. Pure.

Every gate knows every ticket's id, so an id proves nothing: a gate that hears over the venue's
network that a till has refunded a ticket believes what a supervisor's badge has signed, what
proves that a till, and no gate, had the ticket's code before it, and what is of the till's own
minting.

Source:
    docs/specs/journal.md, sections 5 and 8
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shared.admission.facts import TicketState
from shared.admission.purpose import ENDING, REPLACING, purpose_of
from shared.credential.keyring import Keyring
from shared.credential.sizes_and_bounds import GENERATION_MAX
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import TicketId
from shared.manifest.badge_signatures import BadgeScope, is_supervisors_word, withdrawal_word
from shared.manifest.event_config import SupervisorConfig
from shared.manifest.seen_codes import SeenForm, form_of, read_signed, seen_word
from shared.manifest.tickets import TicketClass, TicketRow


class Withdrawn(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a ticket's withdrawals besides its list.

    Attributes:
        is_ended: Its right has ended.
        generation: Credentials below it are worth nothing.
        ended_at: When its right has ended, by the clock of whoever ended it first; 0 for unknown.
    """

    is_ended: bool = False
    generation: int = 0
    ended_at: int = 0

    def and_then(self, body: WithdrawalBody, at: int = 0) -> Withdrawn:
        """Add what one more withdrawal says, written down at an instant."""
        purpose = purpose_of(body.purpose)
        if purpose in ENDING:
            return Withdrawn(True, self.generation, self.ended_at if self.is_ended else at)
        if purpose not in REPLACING:
            return self
        # The ledger gives the next one out. A till that said a later one would have it refused.
        raised = max(self.generation, min(body.generation + 1, GENERATION_MAX))
        return Withdrawn(self.is_ended, raised, self.ended_at)

    def and_also(self, other: Withdrawn) -> Withdrawn:
        """Add what somebody else says of the same ticket."""
        return Withdrawn(
            self.is_ended or other.is_ended,
            max(self.generation, other.generation),
            self.ended_at if self.is_ended else other.ended_at,
        )

    def weigh(self, row: TicketRow) -> TicketRow:
        """Say a ticket's facts with this known besides; the list may know more."""
        facts = row.facts
        is_new = self.is_ended and facts.state != TicketState.CANCELLED
        if not is_new and self.generation <= facts.generation:
            return row
        facts = msgspec.structs.replace(
            facts,
            state=TicketState.CANCELLED if self.is_ended else facts.state,
            generation=max(self.generation, facts.generation),
        )
        is_raised = self.generation > row.facts.generation
        # The manual code of before is worth nothing either; nobody told the new one.
        code = None if is_raised else row.manual_code
        return TicketRow(row.ticket_id, facts, code, row.seat_id)

    def unlisted(self, ticket_id: TicketId) -> TicketRow | None:
        """Say what is known of a ticket that no list names: that it has ended, or nothing."""
        if not self.is_ended:
            return None
        facts = TicketClass(
            ticket_type_code=0, state=TicketState.CANCELLED, generation=self.generation
        )
        return TicketRow(ticket_id, facts)


def is_by_badge(
    body: WithdrawalBody, speaker: BadgeScope, supervisors: Sequence[SupervisorConfig]
) -> bool:
    """Tell whether the badge of a supervisor has signed a withdrawal.

    Args:
        body: As the entry says it.
        speaker: Whose journal it is in, and `authorized_by`.
        supervisors: Those who count.
    """
    if not body.signature:
        return False
    word = withdrawal_word(
        speaker,
        claim_id=body.claim_id,
        ticket_id=body.ticket_id,
        purpose=body.purpose,
        generation=body.generation,
        amount_minor=body.amount_minor,
        currency=body.currency,
    )
    return is_supervisors_word(word, body.signature, supervisors)


def is_believed(
    body: WithdrawalBody,
    speaker: BadgeScope,
    supervisors: Sequence[SupervisorConfig],
    keyring: Keyring,
    newest: int = 0,
) -> bool:
    """Tell whether another device's withdrawal counts where the ledger has not been heard of it.

    Args:
        body: As its signed entry says it.
        speaker: Whose journal it is in, and `authorized_by`.
        supervisors: Those of the event.
        keyring: The event's keys.
        newest: The ticket's generation, as far as it is known: who has read an earlier credential
            takes nothing from its present holder.
    """
    if is_by_badge(body, speaker, supervisors):
        return True
    if keyring.is_minted_by(body.ticket_id, speaker.device_id, speaker.event_id):
        return True
    if form_of(body.seen) not in {SeenForm.PRINT, SeenForm.TAG}:
        return False
    if not keyring.is_till(speaker.device_id, speaker.event_id):
        return False  # a gate reads each guest's code, and takes no right away
    word = seen_word(speaker.event_id, speaker.device_id, body.claim_id)
    found = read_signed(body.seen, keyring, speaker.event_id, word)
    if found is None or found[0].ticket_id != body.ticket_id or found[0].generation < newest:
        return False
    # What it replaces is what it has read, and nothing that will be given out later.
    return purpose_of(body.purpose) in ENDING or body.generation <= found[0].generation
