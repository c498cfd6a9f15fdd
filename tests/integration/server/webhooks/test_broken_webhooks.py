"""A message to a program where our own side is at fault: it cannot send, or its clock leaps."""

from __future__ import annotations

from typing import Any

import pytest

from server.db.clock_leaps import note_time
from server.how_long_records_are_kept import WEBHOOK_KEPT
from server.jobs.retry_delays_of_jobs_and_webhooks import JOB_DELAYS
from server.webhooks import routes
from server.webhooks.receiver_connection import Sender
from shared.kernel.instant import DAY, MINUTE, SECOND, Duration
from tests.factories.office import Office
from tests.fakes.webhook_receiver import Receiver, answer
from tests.integration.server.webhooks.test_webhooks import (
    add,
    deliveries,
    later,
    office,
    receiver,
    tell,
    work,
)

__all__ = ["office", "receiver"]
pytestmark = pytest.mark.either_database


async def test_a_message_that_our_own_side_cannot_send_is_failed_in_the_end_and_sent_by_hand(
    office: Office, receiver: Receiver
) -> None:
    """It was said to be on its way for ever, and could not be sent again by anybody."""

    class Broken(Sender):
        async def send(self, *_told: object, **_more: object) -> Any:
            raise ArithmeticError

    person = await office.person()
    webhook = await add(office, person, receiver)
    await tell(office, person)
    broken = routes.make_lanes(office.framework.state, Broken(()))
    for delay in (*JOB_DELAYS, MINUTE):
        assert await broken.work() == 1
        office.clock.advance(Duration(delay + delay // 4 + SECOND))
    person = await later(office, person)
    (shown,) = await deliveries(office, person, webhook)
    assert shown["state"] == "failed"
    again = f"{person.path}/webhooks/{webhook['id']}/deliveries/{shown['message_id']}/again"
    await office.ok("POST", again, person)
    assert await work(office) == 1
    assert len(receiver.taken) == 1


async def test_a_clock_that_leaps_ahead_has_no_delivery_forgotten(
    office: Office, receiver: Receiver
) -> None:
    """Once it is right again, what the receiver has not taken yet is there still."""
    person = await office.person()
    webhook = await add(office, person, receiver)
    receiver.answers = [answer(503)] * 9
    await tell(office, person)
    await note_time(office.context)
    await work(office)
    office.clock.step_wall(WEBHOOK_KEPT + DAY)
    await work(office)
    office.clock.step_wall(-WEBHOOK_KEPT - DAY)
    (kept,) = await deliveries(office, person, webhook)
    # By the wrong clock it has failed for a month, and its webhook rests until somebody looks.
    assert kept["state"] == "held"
