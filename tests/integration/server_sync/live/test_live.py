"""The live board tells what a fold of the records tells, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from shared.kernel.instant import MINUTE, Duration
from tests.factories.ledger_office import LedgerOffice
from tests.integration.server_sync.reports.test_reports import lived_through, table_of

pytestmark = pytest.mark.either_database


async def read_live(made: LedgerOffice, **query: int) -> dict[str, Any]:
    """Read how the event stands."""
    found = await made.office.ok("GET", f"{made.path}/live", made.owner, params=query)
    return dict(found)


async def test_the_board_says_what_the_report_folds(ledger_office: LedgerOffice) -> None:
    """Sold, paid back, let in, turned away: each number is the report's, and the stock's."""
    made = ledger_office
    await lived_through(made)
    live = await read_live(made)
    report = await made.office.ok("GET", f"{made.path}/report", made.owner)

    tenders = {row["tender"]: row for row in table_of(report, "tenders")}
    told = {row["tender"]: row for row in live["revenue"]}
    assert set(told) == set(tenders) - {"total"}
    for tender, row in told.items():
        names = ("payments", "received_minor", "payouts", "paid_back_minor", "net_minor")
        assert {name: row[name] for name in names} == {
            name: tenders[tender][name] for name in names
        }
    sold = table_of(report, "sales")[-1]
    assert sum(row["tickets"] for row in live["sold"]) == sold["tickets"]
    assert sum(row["amount_minor"] for row in live["sold"]) == sold["total_minor"]
    assert sum(sum(row["tickets"]) for row in live["sales"]) == sold["tickets"]

    arrivals = table_of(report, "arrivals")
    assert live["admitted"] == sum(row["persons_in"] for row in arrivals) == 2
    assert sum(sum(row["persons"]) for row in live["arrivals"]) == 2
    assert all(len(row["persons"]) == live["minutes"] == 60 for row in live["arrivals"])
    gates = {row["name"]: row for row in live["gates"]}
    assert {name: row["came"] for name, row in gates.items()} == {"North": 1, "South": 1}
    assert gates["South"]["denied"] == live["denied"] == 2
    (denied,) = live["denials"]
    assert (denied["reason"], denied["verdict"], denied["count"]) == ("cancelled", "deny", 2)
    (zone,) = live["zones"]
    counts = await made.office.ok("GET", f"{made.path}/checkins/counts", made.owner)
    assert {name: zone[name] for name in counts["zones"][0]} == counts["zones"][0]
    stock = {row["name"]: row["sold"] for row in live["sales"]}
    assert stock["Balcony"] == 5
    assert live["head"] > 0


async def test_zones_of_a_series_are_told_from_tonight_on(
    ledger_office: LedgerOffice,
) -> None:
    """Whatever they are called; what is for every date stands before, what is over behind."""
    made = ledger_office
    nights = {}
    for name, starts_at in (
        ("Second", "2026-07-06T18:00:00+02:00"),
        ("Before", "2026-07-02T18:00:00+02:00"),
        ("Over", "2026-07-03T18:00:00+02:00"),
        ("First", "2026-07-04T20:00:00+02:00"),
    ):
        night = {"name": name, "starts_at": starts_at}
        nights[name] = await made.office.ok(
            "POST", f"{made.path}/occurrences", made.owner, json=night
        )
    for name, when in (
        ("Attic", "Second"),
        ("Annex", "Before"),
        ("Arbour", "Over"),
        ("Cellar", "First"),
        ("Barn", "First"),
    ):
        zone = {"name": name, "occurrence_id": nights[when]["id"]}
        await made.office.ok("POST", f"{made.path}/zones", made.owner, json=zone)
    told = [zone["name"] for zone in (await read_live(made))["zones"]]
    assert told[-5:] == ["Barn", "Cellar", "Attic", "Arbour", "Annex"]


async def test_minutes_are_told_only_as_far_back_as_asked(ledger_office: LedgerOffice) -> None:
    """Who came before is in the sums, and in no minute."""
    made = ledger_office
    gate = await made.enrol()
    await made.claimed(gate, made.codes[0])
    made.office.clock.advance(Duration(5 * MINUTE))
    await made.claimed(gate, made.codes[1])
    (arrivals,) = (await read_live(made, minutes=5))["arrivals"]
    assert arrivals["persons"] == [0, 0, 0, 0, 1]
    (arrivals,) = (await read_live(made, minutes=6))["arrivals"]
    assert arrivals["persons"] == [1, 0, 0, 0, 0, 1]
    assert (await read_live(made, minutes=5))["admitted"] == 2


async def test_a_gate_that_falls_silent_is_named(ledger_office: LedgerOffice) -> None:
    """What it did since is not in the numbers, which are not said to be all."""
    made = ledger_office
    gate = await made.enrol()
    await made.exchanged(gate, gate.journal.entries)
    made.office.clock.advance(Duration(2 * MINUTE))
    away = (await read_live(made))["away"]
    assert [one["device_id"] for one in away] == [gate.id]
