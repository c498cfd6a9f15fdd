"""What an order's idempotency key is compared by stays as it was when the order was placed."""

from __future__ import annotations

import msgspec

from server.orders.placing_orders import WantedLine, WantedOrder, digest_of_wanted
from shared.kernel.id_types import TicketTypeId, UserId
from shared.kernel.instant import Duration

WANTED = WantedOrder(
    lines=[WantedLine(ticket_type_id=TicketTypeId("tt_a"), quantity=2)],
    client_key="k",
    buyer_name="x",
    created_by=UserId("us_1"),
    hold_us=Duration(5),
)
BEFORE_CODES = "02449371789b25b1f7aeb160c303bffb6b53b4a9bcb6b2e99514124ed5a10d68cd"


def test_order_of_before_there_were_codes_has_the_digest_of_then() -> None:
    """Whoever retries over an upgrade gets the order, not a conflict."""
    assert digest_of_wanted(WANTED).hex() == BEFORE_CODES


def test_codes_are_a_part_of_what_was_asked_for() -> None:
    """The same key with another code is another order."""
    coded = msgspec.structs.replace(WANTED, codes=("SUMMER",))
    assert digest_of_wanted(coded) != digest_of_wanted(WANTED)
