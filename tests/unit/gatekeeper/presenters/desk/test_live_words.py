"""What the live board says in words."""

from __future__ import annotations

import msgspec
import pytest

from gatekeeper.organizer.during.evacuations_client import GateHearing
from gatekeeper.organizer.during.live_board_channel import LiveView
from gatekeeper.presenters.desk import live_chart_figures as figures
from gatekeeper.presenters.desk import live_words as words
from gatekeeper.presenters.desk.evacuation_words import spell_missing
from gatekeeper.wording.texts import TEXTS
from shared.wire.live_board import LiveBoard
from tests.factories.live_boards import make_board, make_device, make_zone


def test_figures_say_how_old_they_are_and_how_they_come() -> None:
    """Fresh, asked for, or old: three different sentences."""
    board = make_board()
    pushed, asked = LiveView(board, is_pushed=True), LiveView(board, is_pushed=False)
    said = {words.spell_age(pushed, 0.4), words.spell_age(asked, 0.4), words.spell_age(pushed, 9)}
    assert len(said) == 3
    assert "9 s" in words.spell_age(asked, 9.0)


@pytest.mark.parametrize(("language", "rate"), [("en", "(0.5%)"), ("fr", "(0,5\xa0%)")])
def test_the_share_of_overrides_is_written_as_the_language_writes_rates(
    language: str, rate: str
) -> None:
    """One decimal, the sign where each language has it: as a tax is written beside it."""
    before = TEXTS.language
    TEXTS.use(language)
    try:
        assert rate in words.spell_lead(make_board()).replace("\u202f", "\xa0")
    finally:
        TEXTS.use(before)


def test_devices_that_are_called_stand_in_the_order_of_gates() -> None:
    """Gate 10 stood before gate 2: of forty that are away, or have not heard, nobody finds one."""
    numbers = (10, 2, 1)
    away = words.spell_away(make_board(away=[make_device(f"Device {one}") for one in numbers]))
    assert "Device 1, Device 2, Device 10" in away
    heard = [GateHearing(f"Device {one}", f"Gate {one}", has_heard=False) for one in numbers]
    called = spell_missing(heard)
    assert called == "Gate 1 (Device 1), Gate 2 (Device 2), Gate 10 (Device 10)"


def test_a_headcount_says_what_it_may_be() -> None:
    """From and to where gates are away; alone where everything is known."""
    known = make_zone("zn", "Hall", inside=30, at_most=30, capacity=40)
    known = msgspec.structs.replace(known, at_least=30)
    away = make_zone("zn", "Hall", inside=640, at_most=655, capacity=800)
    open_end = make_zone("zn", "Hall", inside=640, at_most=None, capacity=None)
    assert words.spell_inside(known) == "30"
    assert words.spell_inside(away) == "640 (from 610 to 655)"
    assert "610" in words.spell_inside(open_end)


def test_every_chart_is_also_a_table() -> None:
    """Zones, gates, minutes, refusals, stock and money: a row for each."""
    board = make_board()
    assert len(words.zone_rows(board)) == len(figures.zone_bars(board)) == 2
    assert [row[-2:] for row in words.gate_rows(board)] == [("5", "2")] * 3
    newest, *_ = figures.minute_rows(board, figures.arrivals_by_gate(board))
    assert newest[1:] == tuple(str(one.persons[-1]) for one in board.arrivals)
    assert [row[-1] for row in words.denial_rows(board)] == ["9", "4", "1"]
    assert words.stock_rows(board)[0][-1] == "160"
    assert len(words.revenue_rows(board)) == 2


def test_words_of_a_newer_server_are_read() -> None:
    """A tender, a reason and a field that this program does not know are no fault."""
    board = make_board()
    strange = msgspec.structs.replace(board.revenue[0], tender="barter")
    told = msgspec.to_builtins(msgspec.structs.replace(board, revenue=(strange,)))
    told["novelty"] = 1
    read = msgspec.json.decode(msgspec.json.encode(told), type=LiveBoard)
    assert words.revenue_rows(read)[0][0]


def test_whom_an_evacuation_has_sent_out_passed_no_gate() -> None:
    """Neither a nameless row, nor one of a gate that the event does not have."""
    board = make_board()
    nowhere = msgspec.structs.replace(board.gates[0], gate_id="", name="")
    gone = msgspec.structs.replace(nowhere, gate_id="gt_gone")
    board = msgspec.structs.replace(board, gates=(nowhere, gone))
    names = [row[0] for row in words.gate_rows(board)]
    assert names == ["Evacuation", "not a gate of this event"]
