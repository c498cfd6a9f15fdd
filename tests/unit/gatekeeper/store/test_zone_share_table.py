"""A device's share of a zone's capacity."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.store.zone_share_table import KnownShare
from shared.kernel.id_types import ClaimId, EventId, ZoneId
from tests.factories.gate_store import open_store


def test_room_in_one_zone_lets_nobody_into_another(tmp_path: Path) -> None:
    """The gate was led elsewhere while its claim was away: what that held is free where it was."""
    store = open_store(tmp_path)
    shares = store.shares
    with store.transaction("test"):
        shares.grant(EventId("ev_1"), ZoneId("hall"), 2)
        assert shares.hold(ClaimId("c1"), EventId("ev_1"), ZoneId("hall"), 1) == 1
        assert shares.held(ClaimId("c1"), ZoneId("lawn")) == 0
        assert shares.hold(ClaimId("c1"), EventId("ev_1"), ZoneId("lawn"), 1) == 0
    assert (
        shares.get(EventId("ev_1"), ZoneId("hall")).left,
        shares.get(EventId("ev_1"), ZoneId("lawn")).left,
    ) == (2, 0)


def test_a_share_is_spent_credited_and_given_back(tmp_path: Path) -> None:
    """Totals only grow, a claim is charged once, and what is taken back is free again."""
    store = open_store(tmp_path)
    shares = store.shares
    assert shares.get(EventId("ev_1"), ZoneId("hall")) == KnownShare(zone_id=ZoneId("hall"))
    with store.transaction("test"):
        shares.grant(EventId("ev_1"), ZoneId("hall"), 10)
        shares.grant(EventId("ev_1"), ZoneId("hall"), 4)
        shares.spend(ClaimId("c1"), EventId("ev_1"), ZoneId("hall"), 3)
        shares.spend(ClaimId("c1"), EventId("ev_1"), ZoneId("hall"), 3)
        shares.spend(ClaimId("c2"), EventId("ev_1"), ZoneId("hall"), -1)
    assert shares.get(EventId("ev_1"), ZoneId("hall")).left == 8
    with store.transaction("test"):
        assert shares.give_back(EventId("ev_1"), ZoneId("hall"), 5) == 5
        shares.free(ClaimId("c1"))
        shares.free(ClaimId("c1"))
    assert shares.list_all(EventId("ev_1")) == [KnownShare(10, 5, -1, zone_id=ZoneId("hall"))]
    assert shares.get(EventId("ev_1"), ZoneId("hall")).left == 5, "never more than is granted"
    assert shares.list_all(EventId("ev_2")) == []


def test_the_ledger_s_code_is_kept_for_just_the_total_that_it_proves(tmp_path: Path) -> None:
    """Also when an older word comes late, or a program between them knew no codes."""
    store = open_store(tmp_path)
    shares = store.shares
    with store.transaction("test"):
        shares.grant(EventId("ev_1"), ZoneId("hall"), 4, b"four")
        shares.grant(EventId("ev_1"), ZoneId("hall"), 6, b"six")
        shares.grant(EventId("ev_1"), ZoneId("hall"), 4, b"four")
    assert [(one.granted, one.code) for one in shares.list_all(EventId("ev_1"))] == [(6, b"six")]
    with store.transaction("test"):
        shares.grant(EventId("ev_1"), ZoneId("hall"), 7)
    assert [(one.granted, one.code) for one in shares.list_all(EventId("ev_1"))] == [(7, b"")]
    with store.transaction("test"):
        shares.grant(EventId("ev_1"), ZoneId("hall"), 7, b"seven")
    assert shares.get(EventId("ev_1"), ZoneId("hall")).code == b"seven"
