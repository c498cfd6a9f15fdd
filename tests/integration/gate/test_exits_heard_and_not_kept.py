"""An exit that peers tell of lets nobody in again before it is on this gate's disk."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.instant import MINUTE, Instant
from shared.lan.claims import ClaimKey, Hold, HoldState
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate
from tests.integration.gate.test_hearsay_at_the_ledger import has_heard, pair
from tests.integration.lan.lanes import until
from tests.integration.server_sync.journals.test_changed_plans import change_zone

__all__ = ["pair"]
pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


async def test_an_exit_that_was_heard_and_is_not_kept_yet_lets_nobody_in_unasked(
    ledger_office: LedgerOffice,
    pair: tuple[WiredGate, WiredGate],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Peers are asked by what is on the disk: by the exit alone this gate went on without them.

    What it recorded then stood before the entry and the exit that came to the disk after it, so
    that a copy got in behind it.
    """
    office = ledger_office
    reason = {"reason": "holders may come back"}
    await office.office.ok("POST", f"{office.path}/freeze/lift", office.owner, json=reason)
    await change_zone(office, reentry_after_exit=True)
    await office.office.hand_over(office.path, office.owner)
    gate, other = pair
    other.wire.is_cut = False
    for one in (gate, other):
        await one.sync()
        await one.cut()
    code, ticket_id = office.codes[0], office.tickets[0]
    assert (await other.scan(code)).verdict == "admit"
    await until(lambda: has_heard(gate, ticket_id))
    rung = gate.session.lan.rung
    assert rung is not None
    uses = rung.peer.book.uses
    left = Hold(
        device_id=DeviceId(other.id),
        claim_id=ClaimId(f"{other.id}.0123456789abcdef"),
        gate_id=other.device.gate_id,
        count=1,
        at=Instant(gate.session._clock.now() + MINUTE),
        state=HoldState.USED,
        direction="out",
    )

    def tell(key: ClaimKey) -> Sequence[Hold]:
        return [*uses(key), left]

    monkeypatch.setattr(rung.peer.book, "uses", tell)
    assert (await gate.scan(code)).reason == "already_used"
