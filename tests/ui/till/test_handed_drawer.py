"""A drawer that goes from one cashier to the next in mid-evening."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from gatekeeper.presenters.till.state import TillStep
from gatekeeper.wording.texts import TEXTS
from shared.journal.shift_body import ShiftBody
from shared.sales.cashier_rights import CashierRights
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import BADGE, Bench, cashier, scan_of
from tests.factories.till_evening import OTHER_BADGE, OpenBench, bodies_of, make_house
from tests.fakes.receipt_printer import NetworkPrinter


def test_who_takes_a_short_drawer_over_sees_what_was_missing_before(open_bench: OpenBench) -> None:
    """The close tells what is missing since the hand-over from what already was then."""
    bench = open_bench()
    for amount, ways in (("1990", ("receiver",)), ("1985", ("count",))):
        bench.tap("menu")
        for way in ways:
            bench.tap(way)
        if "receiver" in ways:
            bench.scan(OTHER_BADGE)
            bench.wait(TillStep.COUNT)
        for sign in (*amount, "0"):
            bench.tap(f"digit:{sign}")
        bench.tap("enter")
        bench.wait(TillStep.COMPARED)
        if "receiver" in ways:
            bench.tap("give_drawer")
            bench.wait(TillStep.SELL)
    rows = [(row.text, row.amount) for row in bench.flow.desk.screen().rows]
    assert rows[2:] == [
        ("Difference", "-€1.50"),
        ("Up to the hand-over", "-€1.00"),
        ("Since the hand-over", "-€0.50"),
    ]


def test_the_drawer_opens_for_the_float_and_for_who_takes_it(qtbot: QtBot, tmp_path: Path) -> None:
    """Without a key there is no other way in before the first sale for cash."""
    with NetworkPrinter() as printer:

        def openings() -> int:
            return [event.kind for event in printer.paper.events].count("drawer")

        bench = Bench(qtbot, make_house(tmp_path), printer.address)
        try:
            bench.sign_in()
            qtbot.waitUntil(lambda: openings() == 1)
            bench.tap("menu")
            bench.tap("receiver")
            bench.scan(OTHER_BADGE)
            bench.wait(TillStep.COUNT)
            for sign in ("2", "00", "00"):
                bench.tap(f"digit:{sign}")
            bench.tap("enter")
            bench.wait(TillStep.COMPARED)
            qtbot.waitUntil(lambda: openings() == 2)
            bench.tap("give_drawer")
            bench.wait(TillStep.SELL)
            bench.tap("menu")
            bench.tap("no_sale")
            qtbot.waitUntil(lambda: openings() > 2)
        finally:
            bench.flow.stop()
        assert openings() == 3, "once for the float, the count and the look; not to hand it over"


def test_a_second_scan_of_who_takes_the_drawer_changes_nothing(open_bench: OpenBench) -> None:
    """A reader that reads a badge twice leaves the count, and asks for no supervisor."""
    bench = open_bench()
    bench.tap("menu")
    bench.tap("receiver")
    bench.scan(OTHER_BADGE)
    bench.wait(TillStep.COUNT)
    said = TEXTS.say("till.receiver_same", name="Mara")
    for sign in ("2", "00"):
        bench.tap(f"digit:{sign}")
    bench.scan(OTHER_BADGE)
    bench.scan(BADGE)
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == said)
    assert bench.text("tillAmount") == "€2.00", "what is keyed in stays"
    bench.tap("digit:00")
    bench.tap("enter")
    bench.wait(TillStep.COMPARED)
    bench.scan(OTHER_BADGE)
    bench.scan(BADGE)
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == said)
    bench.tap("give_drawer")
    bench.wait(TillStep.SELL)
    (handed,) = [one for one in bodies_of(bench) if isinstance(one, ShiftBody) and one.receiver]
    assert (handed.cashier, handed.receiver, handed.amount_minor) == ("ca_mara", "ca_noor", 20_000)


def test_what_a_drawer_lacks_stands_largest_before_it_is_handed_over(
    open_bench: OpenBench,
) -> None:
    """A slip of the first count stood at once as what whoever had the drawer before lacked."""
    bench = open_bench()
    bench.tap("menu")
    bench.tap("receiver")
    bench.scan(OTHER_BADGE)
    bench.wait(TillStep.COUNT)
    for amount, lacking in (("10000", "€100.00"), ("19900", "€1.00")):
        for sign in amount:
            bench.tap(f"digit:{sign}")
        bench.tap("enter")
        bench.wait(TillStep.COMPARED)
        assert bench.text("tillTitle") == "Is this right? Noor takes over the drawer with it."
        assert (bench.text("tillLabel"), bench.text("tillAmount")) == (
            "Missing from the drawer",
            lacking,
        )
        bench.tap("count" if lacking == "€100.00" else "give_drawer")
    bench.wait(TillStep.SELL)
    assert bench.text("tillNote") == TEXTS.say("till.recorded")
    acts = [one for one in bodies_of(bench) if isinstance(one, ShiftBody)]
    assert [(one.act, one.amount_minor) for one in acts[1:]] == [
        ("count", 10_000),
        ("count", 19_900),
        ("hand_over", 19_900),
    ]


def test_a_count_that_was_for_a_hand_over_closes_nothing(open_bench: OpenBench) -> None:
    """Nor does one to close, after somebody has turned back, hand the drawer to anybody."""
    bench = open_bench()
    bench.tap("menu")
    bench.tap("receiver")
    bench.scan(OTHER_BADGE)
    bench.wait(TillStep.COUNT)
    bench.tap("back")
    bench.tap("menu")
    bench.tap("count")
    for sign in ("2", "00", "00"):
        bench.tap(f"digit:{sign}")
    bench.tap("enter")
    bench.wait(TillStep.COMPARED)
    keys = {one.key for one in bench.flow.desk.screen().foot}
    assert keys == {"count", "close"}
    assert bench.flow.desk.press("give_drawer") is None


def test_nobody_hands_a_drawer_to_themselves(open_bench: OpenBench) -> None:
    """What is missing would stand under whoever had the drawer before: the same person."""
    bench = open_bench()
    bench.tap("menu")
    bench.tap("receiver")
    bench.scan(BADGE)
    said = TEXTS.say("till.receiver_same", name="Mara")
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == said)
    assert bench.step() is TillStep.RECEIVER
    bench.scan(OTHER_BADGE)
    bench.wait(TillStep.COUNT)


def test_a_badge_that_is_read_twice_allows_and_signs_nobody_in(
    open_bench: OpenBench, tmp_path: Path
) -> None:
    """What is sold next would stand in the name of whoever only allowed something."""
    house = make_house(tmp_path)
    may = CashierRights(sell=True, comp=True)
    house.paired.link.server.cashiers = (cashier(), cashier(may, "Noor", OTHER_BADGE))
    bench = open_bench(house=house)
    bench.sign_in()
    for key in (f"type:{STANDARD}", "other", "comp", "why:guest"):
        bench.tap(key)
    bench.wait(TillStep.ALLOW)
    read = scan_of(OTHER_BADGE)
    bench.keys.scanned.emit(read)
    bench.keys.scanned.emit(read)
    bench.wait(TillStep.DONE)
    bench.keys.scanned.emit(read)
    bench.scan("no badge of anybody")
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == TEXTS.say("till.not_a_ticket"))
    person = bench.flow.desk.state.person
    assert person is not None
    assert person.name == "Mara"
    bench.scan(OTHER_BADGE)
    bench.qtbot.waitUntil(lambda: "Noor" in bench.text("tillStatus"))
