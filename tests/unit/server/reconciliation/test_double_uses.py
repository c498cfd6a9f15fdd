"""Finding admissions beyond the allowance."""

from __future__ import annotations

import itertools
from typing import Any

from server.ledger.uses import UseRecord
from server.plans.earlier_plans import PlanHistory
from server.reconciliation.double_uses import find_contradicted, find_excess
from shared.kernel.id_types import TicketId, ZoneId
from shared.manifest.event_config import ZoneConfig
from shared.manifest.fact_building import EventIndex
from shared.manifest.presenting import Presented
from shared.manifest.tickets import TicketClass, TicketRow
from tests.factories.house import make_config
from tests.factories.use_records import use


def excess(
    uses: list[UseRecord], *, persons: int = 1, zone: dict[str, Any] | None = None
) -> list[str]:
    """Name the claims that cannot all stand."""
    terms: dict[str, Any] = {"reentry_after_exit": False} | (zone or {})
    config = make_config(zones=(ZoneConfig(id=ZoneId("zn_1"), name="Arena", **terms),))
    row = TicketRow(TicketId(1), TicketClass(ticket_type_code=1, state="paid", persons=persons))
    history = PlanHistory(EventIndex(config))
    found = find_excess(history, Presented(ticket_id=TicketId(1)), row, uses)
    return [one.claim_id for one in found]


def test_one_entry_is_no_excess() -> None:
    """A ticket that was used once is in order."""
    assert excess([use(1)]) == []


def test_second_entry_names_both() -> None:
    """No side is preferred."""
    assert excess([use(1), use(2)]) == ["c1", "c2"]


def test_result_does_not_depend_on_the_order_of_arrival() -> None:
    """Journals that come in any order make the same conflict."""
    uses = [use(1), use(2, "out"), use(3), use(4)]
    zone = {"reentry_after_exit": True}
    results = {tuple(excess(list(order), zone=zone)) for order in itertools.permutations(uses)}
    assert results == {("c3", "c4")}


def test_way_out_between_two_entries_makes_them_consistent() -> None:
    """In, out, in is no double use where re-entry is allowed, whoever reported first."""
    assert excess([use(3), use(2, "out"), use(1)], zone={"reentry_after_exit": True}) == []
    assert excess([use(3), use(2, "out"), use(1)]) == ["c1", "c3"]


def test_group_is_counted_by_persons() -> None:
    """A ticket for three admits two and one, not two and two."""
    assert excess([use(1, count=2), use(2, count=1)], persons=3) == []
    assert excess([use(1, count=2), use(2, count=2)], persons=3) == ["c1", "c2"]
    assert excess([use(1), use(2), use(3, count=3)], persons=3) == ["c1", "c2", "c3"]


def test_annulled_and_overridden_entries_are_no_excess() -> None:
    """What was undone did not happen; what a supervisor decided is theirs."""
    assert excess([use(1), use(2, is_annulled=True)]) == []
    assert excess([use(1), use(2, reason="override")]) == []


def test_zone_without_limit_has_no_excess() -> None:
    """Where each entry counts, none is one too many."""
    assert excess([use(1), use(2), use(3)], zone={"multiple_entries": True}) == []


def test_rule_that_counts_entries_makes_a_double_use() -> None:
    """A limit written as a rule is a limit."""
    rule = '{"fact": "entries_total", "cmp": "<", "value": 1}'
    zone = {"multiple_entries": True, "rule": rule}
    assert excess([use(1)], zone=zone) == []
    assert excess([use(1), use(2)], zone=zone) == ["c1", "c2"]


def test_both_gates_are_named_whatever_exit_was_in_between() -> None:
    """An exit that gives nothing back, or not all, leaves the first entry a side of the excess."""
    group = [use(1, count=3), use(2, "out"), use(3, count=2)]
    assert excess(group, persons=3, zone={"reentry_after_exit": True}) == ["c1", "c3"]
    evacuated = use(2, "out", claim_id="evacuation:00")
    assert excess([use(1), evacuated, use(3)]) == []
    assert excess([use(1), evacuated, use(3), use(4)]) == ["c3", "c4"]


def test_nobody_is_named_whose_entry_has_no_part_in_it() -> None:
    """Once a day: who came in yesterday is no side of today's double use."""
    day = 24 * 60
    rule = '{"fact": "entries_today", "cmp": "<", "value": 1}'
    zone = {"multiple_entries": True, "rule": rule}
    uses = [use(1), use(day + 1), use(day + 2)]
    assert excess(uses, zone=zone) == [f"c{day + 1}", f"c{day + 2}"]


def test_too_many_persons_at_one_gate_accuse_no_gate_before() -> None:
    """Two persons on a ticket for one: that is wrong by itself, and the holder before had left."""
    zone = {"reentry_after_exit": True}
    assert excess([use(1), use(2, "out"), use(3, count=2)], zone=zone) == []
    assert excess([use(1), use(3, count=2)], zone=zone) == ["c1", "c3"]


def test_later_excess_may_need_an_earlier_entry_than_the_one_before() -> None:
    """Who is inside still is a side, also after an exit of those who came last."""
    zone = {"reentry_after_exit": True}
    uses = [use(1, count=2), use(2, count=2), use(3, "out", count=2), use(4, count=2), use(5)]
    assert excess(uses, persons=3, zone=zone) == ["c1", "c2", "c4", "c5"]


def test_grants_that_come_together_are_one_finding_of_their_ticket() -> None:
    """Nobody is accused twice, and all its passages are put in order once."""
    zone = ZoneConfig(id=ZoneId("zn_1"), name="Arena", reentry_after_exit=True)
    history = PlanHistory(EventIndex(make_config(zones=(zone,))))
    row = TicketRow(TicketId(1), TicketClass(ticket_type_code=1, state="paid"))
    granted = [use(number, source="claim") for number in (3, 4)]
    uses = [use(1), use(2, "out"), *granted]
    (found,) = find_contradicted(history, {row.ticket_id: row}, {row.ticket_id: uses}, granted)
    assert [side.side for side in found.sides] == ["c3", "c4"]
