"""A till sells what somebody can still come in by, and nothing else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.boxoffice.till_requests import one_type
from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import DeviceId, OccurrenceId
from shared.kernel.instant import DAY, HOUR, MINUTE, Instant
from shared.manifest.event_config import EventConfig
from shared.sales.sale_refusals import SaleReason
from tests.factories.gate_event import STANDARD, STARTS, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.factories.selling import sell
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

TONIGHT, TOMORROW = OccurrenceId("oc_first"), OccurrenceId("oc_second")


def two_nights() -> EventConfig:
    """All tickets are for the first of them."""
    config = make_config()
    first = msgspec.structs.replace(
        config.occurrences[0], id=TONIGHT, ends_at=Instant(STARTS + 5 * HOUR)
    )
    second = msgspec.structs.replace(
        first, id=TOMORROW, starts_at=Instant(STARTS + DAY), doors_at=None, ends_at=None
    )
    types = [msgspec.structs.replace(one, occurrence_id=TONIGHT) for one in config.ticket_types]
    return make_config(ticket_types=tuple(types), occurrences=(first, second))


def one_night_until(last: Instant) -> EventConfig:
    types = [msgspec.structs.replace(one, valid_until=last) for one in make_config().ticket_types]
    return make_config(ticket_types=tuple(types))


@pytest.mark.parametrize(
    ("config", "over"),
    [
        (two_nights(), Instant(STARTS + 5 * HOUR)),
        (one_night_until(Instant(STARTS + 30 * MINUTE)), Instant(STARTS + 30 * MINUTE)),
    ],
    ids=["the date is over", "its hours are over"],
)
async def test_a_till_sells_no_ticket_that_no_gate_lets_in_any_more(
    tmp_path: Path, config: EventConfig, over: Instant
) -> None:
    """It took the money, and each gate sent the holder back to the box office."""
    server = FakeSyncServer(TicketOffice(config=config), ManualClock(STARTS))
    server.publish()
    house = PairedGate(tmp_path, server, device_id=DeviceId("dv_till"), role="till")
    house.clock.set_wall(STARTS)
    till = await house.open()
    await till.sync_once()
    sold = await sell(till, STANDARD, 1)
    house.clock.advance(over + HOUR - house.clock.wall())
    assert (await till.scan(Scan(sold.tickets[0].digits))).reason == "expired"
    late = await till.till.sell(one_type(STANDARD, 1, "cash"))
    assert late.reason is SaleReason.NOT_ON_SALE
    await till.close()
