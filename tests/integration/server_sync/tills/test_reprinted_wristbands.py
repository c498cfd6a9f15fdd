"""A till's ticket that was printed again, and is to be written on a wristband besides."""

from __future__ import annotations

import pytest

from gatekeeper.gate.requests import Scan
from gatekeeper.readers.nfc.tag_scan import TagChecks, TagScan
from server.keys.organization_keys import TILL_REPRINTS_MAX
from shared.kernel.errors import BadInput
from shared.kernel.instant import Duration
from tests.factories.counters import Counter, counter, prepared_counter, published
from tests.factories.tags import TAG_UID
from tests.integration.server_sync.payments.test_exchanges import STANDARD

__all__ = ["counter", "prepared_counter", "published"]

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


async def reprinted(counter: Counter, ticket_id: str, times: int) -> str:
    """Print a ticket again so often; returns its newest code."""
    digits = ""
    for _ in range(times):
        again = await counter.ok(reprint=ticket_id)
        digits = again["tickets"][0]["digits"]
    await counter.till.sync()
    await counter.gate.sync()
    return digits


def worn(credential: bytes) -> TagScan:
    """Read a wristband's credential at a gate."""
    return TagScan(
        uid=TAG_UID,
        product="NTAG213",
        credential=credential,
        text=None,
        checks=TagChecks(),
        source="gate",
        at_monotonic=Duration(0),
    )


async def test_no_wristband_is_written_that_gates_would_refuse(counter: Counter) -> None:
    """Beyond what a till's key may say the till says what to do; paper goes on being good."""
    ticket_id = (await counter.sell(STANDARD))["ticket_id"]
    await counter.till.sync()
    till, gate = counter.till.session.till, counter.gate.session
    await reprinted(counter, ticket_id, TILL_REPRINTS_MAX)
    last = till.tag_signer(ticket_id)(TAG_UID)
    digits = await reprinted(counter, ticket_id, 1)
    with pytest.raises(BadInput, match="its printed code stays good"):
        till.tag_signer(ticket_id)
    assert (await gate.scan(Scan(worn(last)))).reason == "superseded"
    assert (await counter.gate.scan(digits)).reason == "ok"


async def test_the_last_wristband_that_a_till_writes_opens_a_gate(counter: Counter) -> None:
    """What the till's key may say just so, gates believe."""
    ticket_id = (await counter.sell(STANDARD))["ticket_id"]
    await counter.till.sync()
    await reprinted(counter, ticket_id, TILL_REPRINTS_MAX)
    credential = counter.till.session.till.tag_signer(ticket_id)(TAG_UID)
    assert (await counter.gate.session.scan(Scan(worn(credential)))).reason == "ok"
