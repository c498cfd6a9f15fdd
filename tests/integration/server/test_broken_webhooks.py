"""A message to a program that our own side cannot send: said to have failed, and sent by hand."""

from __future__ import annotations

from typing import Any

import pytest

from server.policy import JOB_DELAYS
from server.webhooks import routes
from server.webhooks.sending import Sender
from shared.kernel.instant import MINUTE, SECOND, Duration
from tests.factories.office import Office
from tests.fakes.webhook_receiver import Receiver
from tests.integration.server.test_webhooks import (
    add,
    deliveries,
    later,
    office,
    receiver,
    tell,
    work,
)

__all__ = ["office", "receiver"]
pytestmark = pytest.mark.integration


@pytest.mark.either_database
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
