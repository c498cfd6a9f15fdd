"""Facts refuse what could not be decided."""

from __future__ import annotations

import pytest

from shared.admission.facts import (
    Direction,
    EventTimes,
    ScanFacts,
    TicketFacts,
    UseFact,
)
from shared.kernel.errors import BadInput
from shared.kernel.instant import Instant


def test_facts_refuse_an_unknown_time_zone() -> None:
    """A rule that speaks of local time needs a place that exists."""
    with pytest.raises(BadInput, match="Europe/Berlim"):
        EventTimes(timezone="Europe/Berlim")


@pytest.mark.parametrize("count", [0, -1])
def test_facts_refuse_a_passage_of_nobody(count: int) -> None:
    """Whoever passes is at least one person."""
    with pytest.raises(BadInput, match="count must be at least 1"):
        ScanFacts(direction=Direction.IN, at=Instant(0), count=count)
    with pytest.raises(BadInput, match="count must be at least 1"):
        UseFact(direction=Direction.IN, at=Instant(0), count=count)
    with pytest.raises(BadInput, match="persons must be at least 1"):
        TicketFacts(known=True, event="E1", ticket_type="standing", persons=count)
