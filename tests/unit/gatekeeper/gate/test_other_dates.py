"""A ticket for another date of the same event: the gate says for which."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import OccurrenceId
from shared.kernel.instant import DAY, HOUR
from shared.manifest.event_config import OccurrenceConfig
from tests.factories.gate_event import OCCURRENCE, STARTS, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

TOMORROW = OccurrenceId("oc_tomorrow00")


@pytest.mark.parametrize(("days", "name"), [(1, ""), (0, "Second hall")])
async def test_a_ticket_for_another_date_is_answered_with_that_date(
    tmp_path: Path, days: int, name: str
) -> None:
    """The holder learns when to come, or where where both begin at once; ours go in as ever."""
    tonight = make_config()
    starts = STARTS + days * DAY
    later = OccurrenceConfig(TOMORROW, "Second hall", starts, starts + 4 * HOUR)
    zones = tuple(
        msgspec.structs.replace(zone, occurrence_id=OCCURRENCE) for zone in tonight.zones
    )
    config = msgspec.structs.replace(
        tonight, occurrences=(*tonight.occurrences, later), zones=zones
    )
    office = TicketOffice(config=config)
    server = FakeSyncServer(office, ManualClock())
    early, due = office.sell(occurrence_id=TOMORROW), office.sell(occurrence_id=OCCURRENCE)
    server.publish()
    gate = await PairedGate(tmp_path, server).open()
    try:
        await gate.sync_once()
        refused = await gate.lane.scan(Scan(early))
        assert (refused.reason, refused.other_date) == ("wrong_event", starts)
        assert refused.other_date_name == name
        admitted = await gate.lane.scan(Scan(due))
        assert (admitted.reason, admitted.other_date) == ("ok", None)
    finally:
        await gate.close()
