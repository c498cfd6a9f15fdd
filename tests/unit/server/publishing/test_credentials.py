"""What an event's issuer signs."""

from __future__ import annotations

import pytest

from server.publishing.credentials import Issuer
from server.ticketing.models import Ticket
from shared.admission.facts import TicketState
from shared.credential.codec import decode_credential, from_digits
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import OccurrenceId, TicketId
from shared.kernel.instant import HOUR, parse_instant
from shared.manifest.event_config import OccurrenceConfig

STARTS = parse_instant("2026-07-04T18:00:00Z")
FRIDAY = OccurrenceConfig(OccurrenceId("oc_friday"), "Friday", STARTS, STARTS + 6 * HOUR)
SATURDAY = OccurrenceConfig(
    OccurrenceId("oc_saturday"), "Saturday", STARTS + 24 * HOUR, STARTS + 30 * HOUR
)


@pytest.mark.parametrize("occurrences", [(FRIDAY,), (FRIDAY, SATURDAY)])
@pytest.mark.parametrize("occurrence_id", [None, FRIDAY.id, SATURDAY.id])
def test_tickets_signed_by_the_thousand_are_those_that_are_signed_one_by_one(
    occurrences: tuple[OccurrenceConfig, ...], occurrence_id: OccurrenceId | None
) -> None:
    """Of an event of several evenings each says for which it is."""
    issuer = Issuer(7, SigningKey(bytes(32)), occurrences)
    ticket = Ticket(
        ticket_id=3,
        state=TicketState.PAID,
        is_imported=False,
        generation=0,
        occurrence_id=occurrence_id,
        valid_from=None,
        valid_until=None,
        manual_code=None,
    )
    issued = issuer.issue(ticket, 1).digits
    if occurrence_id is None:
        assert issuer.sign_many([TicketId(3)], 1, 0) == [issued]
    claims, _, _ = decode_credential(from_digits(issued))
    has_window = claims.valid_from is not None and claims.valid_until is not None
    assert has_window == (occurrence_id in {one.id for one in occurrences if occurrences[1:]})
