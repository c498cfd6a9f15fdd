"""A date repeated at the desk, at the real application: looked at, made, each by itself then."""

from __future__ import annotations

import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.prepare.plan_client import PlanClient, PlanKind
from gatekeeper.organizer.prepare.series_client import (
    DAYS,
    Repeat,
    day_of,
    make_rule,
    read_days,
    repeat_date,
)
from gatekeeper.organizer.server_api import Refused
from shared.kernel.errors import BadInput
from tests.factories.ledger_office import LedgerOffice
from tests.integration.organizer.before_doors.test_gate_paper_lists import site_of

ZONE = "Europe/Berlin"


@pytest.mark.either_database
async def test_a_date_comes_again_with_its_length_at_the_same_time_on_the_wall(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi
) -> None:
    """Looking changes nothing; what is there is not made twice; one is edited by itself."""
    site = site_of(ledger_office)
    desk = PlanClient(seat, site)
    (first,) = (await desk.read()).of(PlanKind.DATE)
    how = Repeat(make_rule("WEEKLY", {day_of(first, ZONE)}, 20), read_days("2026-07-11"))
    seen = await repeat_date(seat, site, first, ZONE, how, makes=False)
    assert (len(seen.dates), seen.made) == (19, 0)
    assert [one.exists for one in seen.dates] == [True] + [False] * 18
    assert {one.local.partition("T")[2] for one in seen.dates} == {"18:00"}
    made = await repeat_date(seat, site, first, ZONE, how, makes=True)
    assert made.made == 18
    dates = (await desk.read()).of(PlanKind.DATE)
    assert len(dates) == 19
    starts = {one.fields["starts_at"][11:16] for one in dates}
    assert starts == {"16:00", "17:00"}, "summer and winter"
    moved = await desk.save(dates[3], dates[3].fields | {"name": "Matinée"})
    assert getattr(moved, "name", "") == "Matinée"
    assert [one.name for one in (await desk.read()).of(PlanKind.DATE)].count("Matinée") == 1
    with pytest.raises(Refused) as refused:
        await repeat_date(seat, site, first, ZONE, Repeat("FREQ=WEEKLY"), makes=True)
    with pytest.raises(BadInput, match="Europe/Atlantis"):  # UTC's times would be other evenings
        await repeat_date(seat, site, first, "Europe/Atlantis", how, makes=True)
    assert day_of(first, "Europe/Atlantis") in DAYS
    assert refused.value.fields[0].field == "rule"


def test_days_are_read_as_people_type_them() -> None:
    """And what is none is named."""
    assert read_days(" 2026-12-24, 2026-12-31;2028-02-29\n") == (
        "2026-12-24",
        "2026-12-31",
        "2028-02-29",
    )
    with pytest.raises(BadInput, match="2027-02-29"):
        read_days("2027-02-29")
