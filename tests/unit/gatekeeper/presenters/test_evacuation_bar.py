"""The bar at a gate's foot says who has begun an evacuation."""

from __future__ import annotations

from datetime import UTC

import msgspec
import pytest

from gatekeeper.presenters.gate.evacuation_content import say_evacuation
from shared.kernel.instant import MINUTE
from tests.fakes.gate_session import FAKE_NOW, OPEN_STATUS


@pytest.mark.parametrize(("gate", "said"), [("South", "South"), ("", "organizer")])
def test_the_bar_names_the_gate_or_the_organizer(gate: str, said: str) -> None:
    """The ledger's own word comes from no gate."""
    status = msgspec.structs.replace(
        OPEN_STATUS, evacuation="stop", evacuation_gate=gate, evacuation_at=FAKE_NOW - MINUTE
    )
    bar = say_evacuation(status, FAKE_NOW, UTC)
    assert bar.startswith("Evacuation since")
    assert bar.endswith(f"· {said}")
