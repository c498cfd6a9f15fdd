"""A till with a delegated key that sells as it likes, against the real server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.signing import sign_credential
from shared.journal.sale_body import SaleBody, SoldTicket
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId
from shared.wire.till_key import TILL_KEY_CONTEXT
from tests.factories.ledger_office import GateDevice, LedgerOffice

PRICE = 2500


class Till:
    """A till with a delegated key, under the test's control."""

    def __init__(self, office: LedgerOffice, device: GateDevice) -> None:
        self.office = office
        self.device = device
        self.key = SigningKey.generate(office.office.entropy)
        self.grant: dict[str, Any] = {}
        self.sales = 0

    async def ask(self, key: SigningKey | None = None) -> httpx.Response:
        """Ask for the key to be delegated."""
        key = key or self.key
        said = self.office.event_id.encode() + key.public_key
        return await self.office.office.client.post(
            "/sync/v1/till-key",
            json={
                "event_id": self.office.event_id,
                "public_key": key.public_key.hex(),
                "proof": key.sign(TILL_KEY_CONTEXT, said).hex(),
            },
            headers=self.device.headers,
        )

    async def open(self) -> None:
        """Take the grant."""
        answer = await self.ask()
        assert answer.status_code == 200, answer.text
        self.grant = answer.json()

    def mint(self, number: int, *, price: int = PRICE, **changed: Any) -> SoldTicket:
        """Mint a ticket from the till's own range."""
        free = 64 - self.grant["id_prefix_bits"]
        manual_free = 40 - self.grant["manual_prefix_bits"]
        values = {
            "ticket_id": self.grant["id_prefix"] << free | number,
            "ticket_type_code": 1,
            "generation": 0,
            "key_id": self.grant["key_id"],
            "manual_code": self.grant["manual_prefix"] << manual_free | number,
            "valid_from": None,
            "valid_until": None,
            "price_minor": price,
        }
        return SoldTicket(**(values | changed))

    def code(self, sold: SoldTicket) -> str:
        """Print a ticket's code."""
        claims = Claims(
            key_id=sold.key_id,
            ticket_id=sold.ticket_id,
            ticket_type_code=sold.ticket_type_code,
            generation=sold.generation,
        )
        return to_digits(sign_credential(claims, self.key))

    def sell(self, tickets: Sequence[SoldTicket], *, sale_id: str = "", **changed: Any) -> str:
        """Record a sale."""
        self.sales += 1
        sale_id = sale_id or self.office.office.entropy.random_bytes(16).hex()
        total = changed.get("total_minor", sum(one.price_minor for one in tickets))
        body = SaleBody(
            sale_id=sale_id,
            receipt_number=self.sales,
            currency="EUR",
            total_minor=total,
            tender=changed.get("tender", "cash"),
            tickets=tuple(tickets),
            plan=changed.get("plan", 0),
        )
        self.device.journal.add(body, self.office.event_id, self.office.now)
        return sale_id

    async def sync(self) -> list[str]:
        """Upload everything."""
        answer = await self.office.exchanged(self.device, self.device.journal.entries)
        return [one.status for one in answer.answers]


def enter(till: Till, gate: GateDevice, sold: SoldTicket, count: int = 1) -> None:
    """Let somebody in with a ticket of which the server has not heard."""
    office = till.office
    claim_id = ClaimId(office.office.entropy.random_bytes(16).hex())
    office.scan(
        gate,
        0,
        claim_id=claim_id,
        ticket_id=sold.ticket_id,
        generation=sold.generation,
        key_id=sold.key_id,
        count=count,
        seen=office.prove(gate, till.code(sold), claim_id),
    )


@pytest.fixture
async def till(ledger_office: LedgerOffice) -> Till:
    """Give a till that may sell."""
    opened = Till(ledger_office, await ledger_office.enrol(role="till"))
    await opened.open()
    return opened
