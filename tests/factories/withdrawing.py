"""Tills that take tickets' rights away, cut off, and what they should contradict."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import msgspec

from server.keys.vault import open_vault
from server.publishing.credentials import open_issuer
from shared.admission.purpose import ENDING, REPLACING, Purpose
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, DeviceId
from shared.manifest.badge_signatures import BadgeScope, sign_word, withdrawal_word
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice


def signed_by(office: LedgerOffice, chief: Chief, device: GateDevice, body: WithdrawalBody) -> Any:
    """Let a supervisor sign a withdrawal with their badge."""
    speaker = BadgeScope(
        office.owner.organization_id, office.event_id, DeviceId(device.id), chief.person
    )
    body = msgspec.structs.replace(body, authorized_by=chief.person)
    word = withdrawal_word(
        speaker,
        claim_id=body.claim_id,
        ticket_id=body.ticket_id,
        purpose=body.purpose,
        generation=body.generation,
        amount_minor=body.amount_minor,
        currency=body.currency,
    )
    return msgspec.structs.replace(body, signature=sign_word(chief.key, word))


def withdrawal(
    office: LedgerOffice, ticket: int, purpose: Purpose, **changed: Any
) -> WithdrawalBody:
    """Make a withdrawal of a ticket's first credential, signed by nobody."""
    fields: dict[str, Any] = {
        "claim_id": ClaimId(office.office.entropy.random_bytes(16).hex()),
        "ticket_id": office.tickets[ticket],
        "generation": 1,
        "purpose": purpose.value,
        "mode": "offline",
    }
    if purpose in ENDING:
        fields |= {"amount_minor": 2_500, "currency": "EUR", "tender": "cash"}
    body = WithdrawalBody(**(fields | changed))
    if purpose in REPLACING and "new_generation" not in changed:
        body = msgspec.structs.replace(body, new_generation=body.generation + 1)
    return body


def do(
    office: LedgerOffice,
    chief: Chief,
    device: GateDevice,
    ticket: int,
    purpose: Purpose,
    **more: Any,
) -> None:
    """Let a cut-off device do something with a ticket, and write it down."""
    if purpose is Purpose.ADMISSION:
        office.scan(device, ticket)
        return
    cursor = more.pop("cursor", 0)
    body = signed_by(office, chief, device, withdrawal(office, ticket, purpose, **more))
    device.journal.add(body, office.event_id, office.now, cursor=cursor)


def expected_of(purposes: list[Purpose]) -> set[str]:
    """Say the conflicts of deeds with one credential that did not know of each other.

    The table of the issue, said once more and apart from the program.
    """
    found = set()
    for pair in combinations(purposes, 2):
        ending = sum(one in {"refund", "exchange", "void"} for one in pair)
        entries = sum(one == "admission" for one in pair)
        if entries == 2:
            found.add("double_use")
        elif entries:
            found.add("payout_and_entry" if ending else "admitted_superseded")
        else:
            found.add(("handed_over_twice", "payout_and_hand_over", "paid_out_twice")[ending])
    return found


async def code_of(office: LedgerOffice, ticket: int, generation: int) -> str:
    """Sign a ticket's credential of a generation, as the server does."""
    vault = open_vault(office.office.settings.data_folder, office.office.entropy)
    async with office.office.context.write(office.owner.organization_id) as unit:
        issuer = await open_issuer(unit, vault, office.event_id)
        return issuer.sign_many([office.tickets[ticket]], 1, generation)[0]
