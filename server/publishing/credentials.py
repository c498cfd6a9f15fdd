"""Credentials of tickets: signed when they are asked for, never stored."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from server.db.unit import Unit
from server.problems import Problem
from server.publishing.keys import ticket_signing_key
from server.publishing.vault import Vault
from server.ticketing.service import Ticket
from shared.admission.facts import TicketState
from shared.credential.claims import Claims
from shared.credential.codec import to_digits
from shared.credential.layout import GENERATION_MAX
from shared.credential.manual_code import format_manual_code
from shared.credential.signing import sign_credential
from shared.kernel.ed25519 import SigningKey

_GONE = frozenset({TicketState.CANCELLED, TicketState.PAYMENT_EXPIRED})


class IssuedCredential(msgspec.Struct, frozen=True):
    """What is printed: the digits of the QR code, and the manual code if there is one."""

    ticket_id: int
    digits: str
    manual_code: str | None


class Issuer:
    """Signs the credentials of one event."""

    def __init__(self, key_id: int, key: SigningKey) -> None:
        self._key_id = key_id
        self._key = key

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
                foreign code, or that was reissued more often than a credential can say.
        """
        if ticket.state in _GONE:
            raise Problem("conflict", f"The ticket is {ticket.state}; it has no credential.")
        if ticket.is_imported:
            raise Problem("conflict", "This ticket is known by a foreign code; it has no other.")
        if ticket.generation > GENERATION_MAX:
            raise Problem("conflict", "This ticket was reissued too often.")
        digits = self.sign(
            Claims(
                key_id=self._key_id,
                ticket_id=ticket.ticket_id,
                ticket_type_code=ticket_type_code,
                valid_from=ticket.valid_from,
                valid_until=ticket.valid_until,
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
        self, ticket_ids: Iterable[int], ticket_type_code: int, generation: int
    ) -> list[str]:
        """Sign many tickets without windows; about 25 µs each, the lock given up meanwhile."""
        return [
            self.sign(Claims(self._key_id, ticket_id, ticket_type_code, generation=generation))
            for ticket_id in ticket_ids
        ]


async def open_issuer(unit: Unit, vault: Vault, event_id: str) -> Issuer:
    """Open an event's issuer, making its key on first use; needs a write unit."""
    return Issuer(*await ticket_signing_key(unit, vault, event_id))
