"""An event copied by the desk's engine, at the real application: looked at, made once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.prepare.event_copying import CopyWanted, EventCopyClient
from gatekeeper.organizer.server_api import Refused
from shared.kernel.errors import ServerFault
from tests.factories.ledger_office import LedgerOffice
from tests.fakes.entropy import SeededEntropy
from tests.integration.organizer.before_doors.test_gate_paper_lists import site_of


@pytest.mark.either_database
async def test_a_copy_whose_answer_was_lost_is_made_once(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for again it is the same one; another one is meant once something was changed."""
    desk = EventCopyClient(seat, site_of(ledger_office), SeededEntropy("copies"))
    source = await desk.read()
    assert source.first_day is not None
    wanted = CopyWanted(name="Next", first_day=date(2028, 2, 29))
    seen = await desk.preview(wanted)
    assert (len(seen.dates), seen.same_name) == (source.dates, 0)
    assert seen.dates[0].starts_at.astimezone(source.zone).date() == date(2028, 2, 29)
    real = seat.post

    async def lose_the_answer(path: str, fields: Any = None, *, key: str = "") -> Any:
        await real(path, fields, key=key)
        raise ServerFault("the line was cut")

    with monkeypatch.context() as cut:
        cut.setattr(seat, "post", lose_the_answer)
        with pytest.raises(ServerFault):
            await desk.copy(wanted)
    made = await desk.copy(wanted)
    assert await desk.copy(wanted) == made
    assert (await desk.preview(wanted)).same_name == 1
    again = await desk.copy(CopyWanted(name="Next", first_day=date(2028, 3, 7)))
    assert again != made
    with pytest.raises(Refused) as refused:
        await desk.copy(CopyWanted(name="Next", first_day=None))
    assert refused.value.fields[0].field == "first_day"
