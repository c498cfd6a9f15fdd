"""What a gate shows when it asks a ticket's home over the venue's network."""

from __future__ import annotations

import msgspec

from shared.journal.entry import AskProof, GiveBody
from shared.journal.home_asks import sign_ask
from shared.kernel.id_types import DeviceId
from tests.factories.ledger_office import GateDevice, LedgerOffice


def asked_by(
    asker: GateDevice, office: LedgerOffice, home: GateDevice, given: GiveBody
) -> GiveBody:
    """Return a home's answer with what shows that the asker has read the ticket's code."""
    code = office.codes[office.tickets.index(given.ticket_id)]
    proof = AskProof(
        seen=office.prove(asker, code, given.claim_id),
        asked=sign_ask(asker.key, office.event_id, DeviceId(home.id), given),
    )
    return msgspec.structs.replace(given, proof=proof)
