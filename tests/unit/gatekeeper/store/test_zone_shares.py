"""A device's share of a zone's capacity."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.store.zone_shares import Share
from tests.factories.gate_store import open_store


def test_room_in_one_zone_lets_nobody_into_another(tmp_path: Path) -> None:
    """The gate was led elsewhere while its claim was away: what that held is free where it was."""
    store = open_store(tmp_path)
    shares = store.shares
    with store.transaction("test"):
        shares.grant("ev_1", "hall", 2)
        assert shares.hold("c1", "ev_1", "hall", 1) == 1
        assert shares.held("c1", "lawn") == 0
        assert shares.hold("c1", "ev_1", "lawn", 1) == 0
    assert (shares.get("ev_1", "hall").left, shares.get("ev_1", "lawn").left) == (2, 0)


def test_a_share_is_spent_credited_and_given_back(tmp_path: Path) -> None:
    """Totals only grow, a claim is charged once, and what is taken back is free again."""
    store = open_store(tmp_path)
    shares = store.shares
    assert shares.get("ev_1", "hall") == Share("hall")
    with store.transaction("test"):
        shares.grant("ev_1", "hall", 10)
        shares.grant("ev_1", "hall", 4)
        shares.spend("c1", "ev_1", "hall", 3)
        shares.spend("c1", "ev_1", "hall", 3)
        shares.spend("c2", "ev_1", "hall", -1)
    assert shares.get("ev_1", "hall").left == 8
    with store.transaction("test"):
        assert shares.give_back("ev_1", "hall", 5) == 5
        shares.free("c1")
        shares.free("c1")
    assert shares.list_all("ev_1") == [Share("hall", 10, 5, -1)]
    assert shares.get("ev_1", "hall").left == 5, "never more than is granted"
    assert shares.list_all("ev_2") == []


def test_the_ledger_s_code_is_kept_for_just_the_total_that_it_proves(tmp_path: Path) -> None:
    """Also when an older word comes late, or a program between them knew no codes."""
    store = open_store(tmp_path)
    shares = store.shares
    with store.transaction("test"):
        shares.grant("ev_1", "hall", 4, b"four")
        shares.grant("ev_1", "hall", 6, b"six")
        shares.grant("ev_1", "hall", 4, b"four")
    assert [(one.granted, one.code) for one in shares.list_all("ev_1")] == [(6, b"six")]
    with store.transaction("test"):
        shares.grant("ev_1", "hall", 7)
    assert [(one.granted, one.code) for one in shares.list_all("ev_1")] == [(7, b"")]
    with store.transaction("test"):
        shares.grant("ev_1", "hall", 7, b"seven")
    assert shares.get("ev_1", "hall").code == b"seven"
