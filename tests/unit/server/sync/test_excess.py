"""Admissions beyond the allowance: found whatever became of the ticket meanwhile."""

from __future__ import annotations

import msgspec
import pytest

from server.sync.excess import find_excess
from server.sync.records import UseRecord
from shared.credential.claims import Claims
from shared.credential.keyring import TicketKey
from shared.kernel.instant import SECOND
from shared.manifest.facts import EventIndex
from shared.manifest.presenting import Presented
from shared.manifest.tickets import TicketClass, TicketRow
from tests.factories.gate_event import EVENT, NORTH, ORGANIZATION, STARTS, ZONE, make_config

TICKET = 7
KEY = TicketKey(1, bytes(32), ORGANIZATION, EVENT)
INDEX = EventIndex(make_config())


def _use(number: int, *, direction: str = "in") -> UseRecord:
    return UseRecord(
        claim_id=f"{number:032x}",
        ticket_id=TICKET,
        zone_id=ZONE,
        occurrence_id="",
        direction=direction,
        at=STARTS + number * SECOND,
        at_error=0,
        count=1,
        gate_id=NORTH,
        device_id=f"dv_{number}",
        mode="offline",
        reason="ok",
        is_annulled=False,
        is_confirmed=True,
        source="journal",
        boot=None,
        dseq=None,
        seq=number,
        epoch=1,
        content=None,
        remaining=None,
    )


def _find(uses: list[UseRecord], *, credential: int = 0, **facts: object) -> list[str]:
    presented = Presented(Claims(1, TICKET, 1, generation=credential), KEY, ticket_id=TICKET)
    row = TicketRow(TICKET, msgspec.structs.replace(TicketClass(1, "paid"), **facts))
    return [use.claim_id for use in find_excess(INDEX, presented, row, uses)]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"state": "cancelled"},
        {"blocked": True},
        {"generation": 1},
        {"valid_until": STARTS},
    ],
)
def test_a_double_use_is_one_whatever_became_of_the_ticket(facts: dict[str, object]) -> None:
    """A void, a reissue or a window that ended does not make one of two entries undone."""
    uses = [_use(1), _use(2)]
    assert _find(uses, **facts) == [use.claim_id for use in uses]


def test_an_old_and_a_new_credential_of_one_ticket_are_one_ticket() -> None:
    """Entering with the superseded code and again with the new one is a double use."""
    uses = [_use(1), _use(2)]
    assert _find(uses, credential=1, generation=2) == [use.claim_id for use in uses]


def test_who_went_out_may_come_in_again() -> None:
    """In, out and in again is no excess."""
    assert _find([_use(1), _use(2, direction="out"), _use(3)]) == []
