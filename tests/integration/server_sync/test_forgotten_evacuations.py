"""An evacuation ordered after the copy was taken that the server was put back to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from server.exchange.epochs import open_higher_epoch
from shared.kernel.errors import ServerFault
from shared.kernel.instant import MINUTE, SECOND
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.wired_gates import open_gate

pytestmark = pytest.mark.integration

PASSWORD: Final = "seven lamps over the gate"


async def order(office: LedgerOffice, phase: str, evacuation_id: str | None = None) -> Any:
    """Order it; returns its id."""
    body = {"zone_id": office.zone_id, "phase": phase, "password": PASSWORD}
    named = {} if evacuation_id is None else {"evacuation_id": evacuation_id}
    path = f"{office.path}/evacuations"
    (word, *_) = await office.office.ok("POST", path, office.owner, json=body | named)
    return word["evacuation_id"]


@pytest.mark.either_database
async def test_a_stop_that_gates_hold_is_ended_at_the_desk_of_a_server_that_forgot_it(
    place: Place, tmp_path: Path
) -> None:
    """It is nobody's journal's: without the gates' word the zone would stay shut, unseen."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        await office.office.give_password(office.owner, PASSWORD)
        gate = await open_gate(office, tmp_path / "north", 0)
        await gate.sync()
        before = office
    place.copy()
    async with open_ledger_office_again(place.settings, before) as office:
        gate.wire._office = office
        stop = await order(office, "stop")
        await gate.sync()
        assert (await gate.scan(office.codes[0])).reason == "rules_denied"
        before = office
    async with open_ledger_office_again(place.put_back(), before) as office:
        gate.wire._office = office
        with pytest.raises(ServerFault):
            await gate.sync()
        await open_higher_epoch(office.office.context, "put back")
        for _ in range(4):
            office.office.clock.advance(5 * SECOND)
            await gate.sync()
        path = f"{office.path}/evacuations/reach"
        ((one),) = await office.office.ok("GET", path, office.owner)
        assert (one["evacuation_id"], one["phase"]) == (stop, "stop")
        office.office.clock.advance(MINUTE)
        for phase in ("return", "over"):
            assert await order(office, phase, stop) == stop
        await gate.sync()
        assert (await gate.scan(office.codes[0])).reason == "ok"
        assert await office.conflicts() == []
    await gate.session.close()
