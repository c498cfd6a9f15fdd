"""Credentials of tickets: signed when they are asked for, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from server.db.unit import Unit
from server.keys.organization_keys import ticket_signing_key
from server.keys.vault import Vault
from server.plans.compiling_plans import read_occurrences
from server.problem_answers import Problem, refuse
from server.ticketing.finding_and_changing_tickets import Ticket
from server.venues_and_gates.venues_zones_and_gates import list_zones
from shared.admission.facts import GONE, TicketState
from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.manual_code import format_manual_code
from shared.credential.signing import sign_credential
from shared.credential.sizes_and_bounds import GENERATION_MAX
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import EventId, TicketId
from shared.manifest.event_config import OccurrenceConfig
from shared.manifest.signed_windows import sign_window

_UNPAID = frozenset({TicketState.PENDING, TicketState.PENDING_APPROVAL})


class IssuedCredential(msgspec.Struct, frozen=True):
    """What is printed: the digits of the QR code, and the manual code if there is one."""

    ticket_id: TicketId
    digits: str
    manual_code: str | None


class Issuer:
    """Signs the credentials of one event."""

    def __init__(
        self,
        key_id: int,
        key: SigningKey,
        occurrences: Sequence[OccurrenceConfig] = (),
        *,
        is_listed_only: bool = False,
    ) -> None:
        """Sign by a key.

        Args:
            key_id: Its id.
            key: Its private half.
            occurrences: The event's: of several, a ticket's own bounds its credential's window.
            is_listed_only: Its tickets pass only where a list says that they may.
        """
        self._key_id = key_id
        self._key = key
        self._occurrences = occurrences
        self._is_listed_only = is_listed_only

    @property
    def key_id(self) -> int:
        """Return the id that the credentials carry."""
        return self._key_id

    @property
    def public_key(self) -> bytes:
        """Return the key that verifies them."""
        return self._key.public_key

    def issue(self, ticket: Ticket, ticket_type_code: int) -> IssuedCredential:
        """Sign a ticket's credential of its present generation.

        Raises:
            Problem: `conflict` for a ticket that will never admit again, that is known by a
                foreign code, that is not paid and would be believed to be, or that was reissued
                more often than a credential can say.
        """
        if ticket.state in GONE:
            raise Problem("conflict", f"The ticket is {ticket.state}; it has no credential.")
        if ticket.is_imported:
            raise Problem("conflict", "This ticket is known by a foreign code; it has no other.")
        if ticket.generation > GENERATION_MAX:
            raise refuse("conflict", "ticket.too_often")
        if ticket.state in _UNPAID and not self._is_listed_only:
            # A gate that is cut off and has never heard of the ticket would let it in as paid.
            raise Problem("conflict", "The ticket is not paid; it has no credential before it is.")
        own = ticket.valid_from, ticket.valid_until
        first, last = sign_window(self._occurrences, ticket.occurrence_id, own)
        digits = self.sign(
            Claims(
                key_id=self._key_id,
                ticket_id=ticket.ticket_id,
                ticket_type_code=ticket_type_code,
                valid_from=first,
                valid_until=last,
                generation=ticket.generation,
            )
        )
        code = ticket.manual_code
        manual = None if code is None else format_manual_code(code)
        return IssuedCredential(ticket.ticket_id, digits, manual)

    def sign(self, claims: Claims) -> str:
        """Sign claims and spell the credential as digits."""
        return to_digits(sign_credential(claims, self._key))

    def sign_many(
        self,
        ticket_ids: Iterable[TicketId],
        ticket_type_code: int,
        generation: int,
    ) -> list[str]:
        """Sign many tickets for any occurrence, that have no bounds of their own.

        Each is what `issue` gives for it. About 25 µs each, the lock given up meanwhile.
        """
        first, last = sign_window(self._occurrences, None, (None, None))
        return [
            self.sign(
                Claims(
                    key_id=self._key_id,
                    ticket_id=ticket_id,
                    ticket_type_code=ticket_type_code,
                    valid_from=first,
                    valid_until=last,
                    generation=generation,
                )
            )
            for ticket_id in ticket_ids
        ]


async def open_issuer(
    unit: Unit, vault: Vault, event_id: EventId, *, is_listed_only: bool = False
) -> Issuer:
    """Open an event's issuer, making its key on first use; needs a write unit."""
    found = await ticket_signing_key(unit, vault, event_id, is_listed_only=is_listed_only)
    occurrences = await read_occurrences(unit, event_id)
    return Issuer(*found, occurrences, is_listed_only=is_listed_only)


async def open_issuer_for(unit: Unit, vault: Vault, ticket: Ticket) -> Issuer:
    """Open the issuer that may sign a ticket as it stands; needs a write unit.

    What is not paid is signed for zones that admit it only, under a key whose word alone proves
    nothing; what still waits for approval is signed for none, and `Issuer.issue` refuses it.
    """
    is_unpaid = ticket.state == TicketState.PENDING and not ticket.is_imported
    is_listed_only = is_unpaid and await admits_unpaid(unit, ticket.event_id)
    return await open_issuer(unit, vault, ticket.event_id, is_listed_only=is_listed_only)


async def make_ticket_keys(unit: Unit, vault: Vault, event_id: EventId) -> None:
    """Make the keys that an event's tickets need, so that gates know them early."""
    await ticket_signing_key(unit, vault, event_id)
    if await admits_unpaid(unit, event_id):
        await ticket_signing_key(unit, vault, event_id, is_listed_only=True)


async def admits_unpaid(unit: Unit, event_id: EventId) -> bool:
    """Tell whether a zone of the event lets people in who still have to pay."""
    return any(zone.admit_pending for zone in await list_zones(unit, event_id))
