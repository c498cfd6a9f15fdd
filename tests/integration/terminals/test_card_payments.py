"""A till's desk against an emulated terminal on a real line: nothing is charged twice or lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.boxoffice.payment_ports import Charge, ChargeState, Doubt
from gatekeeper.store.store import Store
from gatekeeper.terminals.card_attempts import AttemptBook, AttemptState
from gatekeeper.terminals.card_payments import CardPayments, CardStep
from gatekeeper.terminals.terminal_setup import (
    BY_HAND,
    TerminalSetup,
    keep_setup,
    make_setup,
    read_setup,
)
from gatekeeper.terminals.zvt_codec import Apdu
from gatekeeper.terminals.zvt_dialogue import Dialogue, Pace, ZvtLine
from gatekeeper.terminals.zvt_messages import registration
from shared.kernel.errors import BadInput
from shared.kernel.money import Money
from tests.factories.gate_store import open_store
from tests.fakes.zvt_terminal import ZvtTerminal

PACE = Pace(connect=1.0, ack=0.4, answer=1.0, result=0.6, longest=5.0, idle=3.0, quiet=0.1)
AMOUNT = Money(2_500, "EUR")
PAID, DECLINED = ChargeState.PAID, ChargeState.DECLINED
UNKNOWN, AWAY = ChargeState.UNKNOWN, ChargeState.AWAY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


def desk_of(store: Store, terminal: ZvtTerminal) -> CardPayments:
    setup = make_setup(terminal.address)
    assert setup is not None
    return CardPayments(store, setup, pace=PACE)


async def come_true(fact: Callable[[], bool]) -> None:
    """Let the desk work until something is so."""
    async with asyncio.timeout(60):
        while not fact():  # noqa: ASYNC110 - the terminal lives in a thread and tells nobody
            await asyncio.sleep(0.01)


async def test_a_name_that_no_resolver_takes_is_a_terminal_that_is_away(store: Store) -> None:
    """Kept by an earlier version: nothing was asked, so that nothing can be unknown."""
    desk = CardPayments(store, TerminalSetup("192.168..70"), pace=PACE)
    assert (await desk.pay("a-0", AMOUNT, "")).state is AWAY
    assert not await desk.is_there("EUR")


async def test_a_payment_is_paid_once_whoever_asks_again(
    store: Store, terminal: ZvtTerminal
) -> None:
    """The reference names receipt, trace and terminal; asked again, nothing is charged."""
    desk = desk_of(store, terminal)
    steps: list[CardStep] = []
    desk.on_step = steps.append
    paid = await desk.pay("a-0", AMOUNT, "")
    assert paid == Charge(PAID, "1-1-28004869")
    assert await desk.pay("a-0", AMOUNT, "") == paid
    assert await desk.find("a-0") == paid
    assert (terminal.charged_minor, terminal.count("0601")) == (2_500, 1)
    assert [(step.name, step.kind) for step in steps[:3]] == [
        ("a-0", "reaching"),
        ("a-0", "show"),
        ("a-0", "pin"),
    ]
    assert steps[-1].name == ""


async def test_a_terminal_prints_each_slip_once_and_the_days(
    store: Store, terminal: ZvtTerminal
) -> None:
    """Each guest has theirs, also where the line was cut, and nobody that of the one before."""
    desk = desk_of(store, terminal)
    assert (await desk.pay("a-0", AMOUNT, "")).state is PAID
    terminal.moods.next = ["cut_booked"]
    assert (await desk.pay("a-1", AMOUNT, "")).state is UNKNOWN
    assert (await desk.find("a-1")).state is PAID
    assert (await desk.reverse("a-1", "")).state is PAID
    assert await desk.count_day("s-1", "EUR", 2_500, ends_day=False) == 2_500
    terminal.book_by_hand(100)
    assert terminal.slips == [1, 2, 3, 4], "also of what is keyed in there since"
    assert await desk.count_day("s-1", "EUR", 2_500, ends_day=True) == 2_600
    assert terminal.slips == [1, 2, 3, 4, 0]


async def test_a_terminal_without_a_printer_is_paid_with_as_well(
    store: Store, terminal: ZvtTerminal
) -> None:
    """It sends the lines of its slip, whatever it was told; they are acknowledged."""
    terminal.moods.has_printer = False
    assert (await desk_of(store, terminal).pay("a-0", AMOUNT, "")).state is PAID
    assert (terminal.charged_minor, terminal.slips) == (2_500, [])


@pytest.mark.parametrize("mood", ["decline", "abort"])
async def test_a_refused_card_is_not_charged_and_the_next_one_is(
    store: Store, terminal: ZvtTerminal, mood: str
) -> None:
    """A refusal blocks nothing."""
    desk = desk_of(store, terminal)
    terminal.moods.next = [mood]
    assert (await desk.pay("a-0", AMOUNT, "")).state is DECLINED
    assert (await desk.pay("a-1", AMOUNT, "")).state is PAID
    assert terminal.charged_minor == 2_500


async def test_a_terminal_that_is_away_or_busy_was_not_asked(
    store: Store, terminal: ZvtTerminal
) -> None:
    """Nobody there, one that answers nothing, one that refuses: surely not charged."""
    desk = desk_of(store, terminal)
    terminal.moods.next = ["refuse"]
    assert (await desk.pay("a-0", AMOUNT, "")).state is AWAY
    terminal.moods.mute = True
    assert (await desk.pay("a-1", AMOUNT, "")).state is AWAY
    terminal.stop()
    assert (await desk.pay("a-2", AMOUNT, "")).state is AWAY
    assert (await desk.pay("a-3", Money(5, "AUD"), "")).state is AWAY
    assert not desk.is_blocked()
    assert terminal.charged_minor == 0


@pytest.mark.parametrize(
    ("mood", "is_booked"),
    [
        ("cut", False),
        ("cut_booked", True),
        ("unfinished", True),
        ("silent", False),
        ("silent_booked", True),
        ("garbage", False),
        ("garbage_booked", True),
        ("endless", False),
    ],
)
async def test_after_a_cut_silence_or_garbage_the_terminal_says_what_it_booked(
    store: Store, terminal: ZvtTerminal, mood: str, *, is_booked: bool
) -> None:
    """Unknown first, nothing else is charged meanwhile, and then paid or surely not."""
    terminal.book_by_hand(2_500)  # an earlier booking of the same amount is not this one
    desk = desk_of(store, terminal)
    terminal.moods.next = [mood]
    assert (await desk.pay("a-0", AMOUNT, "")).state is UNKNOWN
    assert (await desk.pay("a-0", AMOUNT, "")).state is UNKNOWN
    assert (await desk.pay("b-0", AMOUNT, "")).state is AWAY
    assert desk.is_blocked()
    again = desk_of(store, terminal)  # the program was started again
    assert (await again.find("a-0")).state is (PAID if is_booked else DECLINED)
    assert terminal.charged_minor == 2_500 * (1 + is_booked)
    assert terminal.count("0601") == 1
    assert (await again.pay("b-0", AMOUNT, "")).state is PAID


async def test_a_booking_that_comes_after_the_line_was_cut_is_found(
    store: Store, terminal: ZvtTerminal
) -> None:
    """The terminal takes no cancel, and is asked until it is idle."""
    desk = desk_of(store, terminal)
    terminal.moods.ignores_cancel = True
    terminal.moods.late = 1.2
    terminal.moods.next = ["cut_late"]
    assert (await desk.pay("a-0", AMOUNT, "")).state is UNKNOWN
    assert terminal.charged_minor == 0
    assert (await desk.find("a-0")).state is PAID
    assert (terminal.charged_minor, terminal.count("0601")) == (2_500, 1)


async def test_a_terminal_that_gives_up_when_asked_to_has_not_charged(
    store: Store, terminal: ZvtTerminal
) -> None:
    """What waits for its card is cancelled before the question is put."""
    desk = desk_of(store, terminal)
    terminal.moods.late = 30.0
    terminal.moods.next = ["cut_late"]
    assert (await desk.pay("a-0", AMOUNT, "")).state is UNKNOWN
    assert (await desk.find("a-0")).state is DECLINED
    assert terminal.charged_minor == 0


async def test_a_terminal_that_stays_busy_leaves_the_payment_unknown(
    store: Store, terminal: ZvtTerminal
) -> None:
    """Nothing is concluded from a terminal that has not come to rest."""
    setup = make_setup(terminal.address)
    assert setup is not None
    desk = CardPayments(
        store, setup, pace=Pace(connect=1, ack=0.3, answer=0.5, result=0.5, idle=1.0)
    )
    terminal.moods.ignores_cancel, terminal.moods.late = True, 30.0
    terminal.moods.next = ["cut_late"]
    assert (await desk.pay("a-0", AMOUNT, "")).state is UNKNOWN
    assert (await desk.find("a-0")).state is UNKNOWN
    terminal.stop()
    found = await desk.find("a-0")
    assert (found.state, found.doubt) == (UNKNOWN, Doubt.AWAY)
    assert "nothing was charged" not in found.text, "it may have been, by a terminal that is away"
    assert desk.is_blocked()


async def test_an_idle_terminal_is_asked_twice_before_nothing_counts_as_not_paid(
    store: Store, terminal: ZvtTerminal
) -> None:
    """It says that it is idle and books a moment later: that is still found."""
    setup = make_setup(terminal.address)
    assert setup is not None
    pace = Pace(connect=1, ack=0.4, answer=1.0, result=0.6, idle=3.0, quiet=1.0)
    desk = CardPayments(store, setup, pace=pace)
    terminal.moods.ignores_cancel = terminal.moods.claims_idle = True
    terminal.moods.late = 0.8
    terminal.moods.next = ["cut_late"]
    assert (await desk.pay("a-0", AMOUNT, "")).state is UNKNOWN
    assert (await desk.find("a-0")).state is PAID


@pytest.mark.parametrize("by_person", [False, True])
async def test_a_booking_after_not_paid_is_told_before_the_next_card_is_charged(
    store: Store, terminal: ZvtTerminal, *, by_person: bool
) -> None:
    """Its guest has paid for nothing; the next booking would hide it until the day is counted."""
    desk = desk_of(store, terminal)
    terminal.moods.next = ["cut"]
    assert (await desk.pay("a-0", AMOUNT, "")).state is UNKNOWN
    if by_person:
        await desk.settle("a-0", is_paid=False, reference="")
    else:
        assert (await desk.find("a-0")).state is DECLINED
    terminal.book_by_hand(2_500)
    told = await desk_of(store, terminal).pay("b-0", Money(900, "EUR"), "")
    assert (told.state, told.doubt) == (AWAY, Doubt.LATE)
    assert (terminal.charged_minor, desk.is_blocked()) == (2_500, False)
    assert (await desk.pay("b-0", Money(900, "EUR"), "")).state is PAID, "it is told once"
    assert (await desk.find("a-0")).state is DECLINED


async def test_a_booking_of_another_amount_after_not_paid_is_somebody_elses(
    store: Store, terminal: ZvtTerminal
) -> None:
    """What was keyed in by hand stops no queue."""
    desk = desk_of(store, terminal)
    terminal.moods.next = ["decline"]
    assert (await desk.pay("a-0", AMOUNT, "")).state is DECLINED
    terminal.book_by_hand(1_200)
    assert (await desk.pay("b-0", AMOUNT, "")).state is PAID


async def test_a_booking_of_another_amount_or_none_is_left_to_a_person(
    store: Store, terminal: ZvtTerminal
) -> None:
    """Neither taken for this payment nor for none; the person's word ends it."""
    desk = desk_of(store, terminal)
    terminal.moods.next = ["cut"]
    assert (await desk.pay("a-0", AMOUNT, "")).state is UNKNOWN
    terminal.book_by_hand(9_900)
    found = await desk.find("a-0")
    assert (found.state, found.doubt) == (UNKNOWN, Doubt.OTHER)
    await desk.settle("a-0", is_paid=False, reference="")
    assert (await desk.find("a-0")).state is DECLINED
    terminal.moods.next = ["other_amount"]
    assert (await desk.pay("b-0", AMOUNT, "")).state is UNKNOWN
    await desk.settle("b-0", is_paid=True, reference="slip 12")
    assert await desk.find("b-0") == Charge(PAID, "slip 12")
    assert (await desk.pay("c-0", AMOUNT, "")).state is PAID


@pytest.mark.parametrize("code", [b"\x83", b"\x6c", b"\x9c"], ids=["never", "cancelled", "busy"])
async def test_a_terminal_that_cannot_repeat_its_last_booking_has_not_said_that_it_has_none(
    store: Store, terminal: ZvtTerminal, code: bytes
) -> None:
    """The card was charged: a person looks at its slip, and nobody is told to charge again."""
    desk = desk_of(store, terminal)
    terminal.moods.no_repeat = code
    assert (await desk.pay("a-0", AMOUNT, "")).state is PAID
    terminal.moods.next = ["cut_booked"]
    assert (await desk.pay("b-0", AMOUNT, "")).state is UNKNOWN
    found = await desk.find("b-0")
    assert (found.state, found.doubt) == (UNKNOWN, Doubt.OTHER)
    await desk.settle("b-0", is_paid=True, reference="slip 2")
    assert await desk.find("b-0") == Charge(PAID, "slip 2")
    assert terminal.charged_minor == 2 * AMOUNT.minor_units


async def test_an_earlier_booking_that_is_said_once_more_pays_for_nothing(
    store: Store, terminal: ZvtTerminal
) -> None:
    """The answer to the payment before, late and of the same amount, is not this one's."""
    desk = desk_of(store, terminal)
    assert (await desk.pay("a-0", AMOUNT, "")).state is PAID
    terminal.moods.next = ["stale"]
    assert (await desk.pay("b-0", AMOUNT, "")).state is UNKNOWN
    assert (await desk.find("b-0")).state is DECLINED
    assert terminal.charged_minor == AMOUNT.minor_units
    terminal.moods.next = ["stale"]
    assert (await desk.reverse("a-0", "")).state is UNKNOWN
    assert (await desk.find("a-0")).state is PAID


async def test_terminals_that_number_nothing_or_say_no_amount_are_understood(
    store: Store, terminal: ZvtTerminal
) -> None:
    """The whole of a booking tells it from the last; a completed payment needs no amount."""
    desk = desk_of(store, terminal)
    terminal.moods.has_trace = False
    terminal.moods.next = ["no_amount", "approve_twice", "cut_booked"]
    assert (await desk.pay("a-0", AMOUNT, "")).state is PAID
    assert (await desk.pay("b-0", AMOUNT, "")).state is PAID
    assert (await desk.pay("c-0", AMOUNT, "")).state is UNKNOWN
    assert (await desk.find("c-0")).state is PAID


@pytest.mark.parametrize("mood", ["book_twice", "book_twice_cut"])
@pytest.mark.parametrize("has_trace", [True, False])
async def test_a_payment_that_the_terminal_booked_twice_is_a_persons_matter(
    store: Store, terminal: ZvtTerminal, mood: str, *, has_trace: bool
) -> None:
    """It counted as paid once, and the guest's card was charged twice: nobody was told."""
    desk = desk_of(store, terminal)
    terminal.moods.has_trace = has_trace
    terminal.moods.next = [mood]
    told = await desk.pay("a-0", AMOUNT, "")
    both = "1-1-28004869 + 2-2-28004869" if has_trace else "1-28004869 + 2-28004869"
    assert (told.state, told.doubt, told.reference) == (UNKNOWN, Doubt.TWICE, both)
    assert both in told.text
    again = desk_of(store, terminal)  # the program was started again
    assert await again.find("a-0") == told, "the last booking is no more this payment than both"
    assert (await again.pay("b-0", AMOUNT, "")).state is AWAY
    terminal.give_back_by_hand(2_500)
    await again.settle("a-0", is_paid=True, reference="")
    assert await again.find("a-0") == Charge(PAID, both)
    assert (await again.reverse("a-0", both)).state is DECLINED, "it is cancelled there"
    assert terminal.charged_minor == 2_500
    assert (await again.pay("b-0", AMOUNT, "")).state is PAID


async def test_a_slow_terminal_is_waited_for_and_can_be_cancelled(
    store: Store, terminal: ZvtTerminal
) -> None:
    """Each of its words prolongs the wait; a cancel ends it without a charge."""
    desk = desk_of(store, terminal)
    terminal.moods.next = ["slow", "slow"]
    assert (await desk.pay("a-0", AMOUNT, "")).state is PAID
    steps: list[CardStep] = []
    desk.on_step = steps.append
    paying = asyncio.ensure_future(desk.pay("b-0", AMOUNT, ""))
    await come_true(lambda: any(step.kind == "wait" for step in steps))
    await desk.cancel()
    assert (await paying).state is DECLINED
    assert terminal.charged_minor == 2_500


async def test_a_payment_that_is_cancelled_before_the_terminal_is_asked_does_not_begin(
    store: Store, terminal: ZvtTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while the terminal is told for the last time who is there."""
    desk, ask = desk_of(store, terminal), ZvtLine.ask
    told = registration(desk.setup.password, "EUR")

    async def ask_and_cancel(line: ZvtLine, command: Apdu, *more: Any) -> Dialogue:
        heard = await ask(line, command, *more)
        if command == told:
            await desk.cancel()
        return heard

    monkeypatch.setattr(ZvtLine, "ask", ask_and_cancel)
    assert (await desk.pay("a-0", AMOUNT, "")).state is DECLINED
    assert (terminal.charged_minor, terminal.count("0601")) == (0, 0)


async def test_a_payment_is_taken_back_once(store: Store, terminal: ZvtTerminal) -> None:
    """By its receipt number; cut while it is, the terminal is asked as for a payment."""
    desk = desk_of(store, terminal)
    first = await desk.pay("a-0", AMOUNT, "")
    assert (await desk.reverse("a-0", first.reference)).state is PAID
    assert (await desk.reverse("a-0", first.reference)).state is PAID
    assert (await desk.find("a-0")).state is DECLINED
    assert terminal.charged_minor == 0
    for mood, stands in (("cut", True), ("cut_booked", False), ("decline", True)):
        name = f"{mood}-0"
        assert (await desk.pay(name, AMOUNT, "")).state is PAID
        terminal.moods.next = [mood]
        expected = DECLINED if mood == "decline" else UNKNOWN
        assert (await desk.reverse(name, "")).state is expected
        assert (await desk.find(name)).state is (PAID if stands else DECLINED)
    assert terminal.charged_minor == 5_000
    assert (await desk.reverse("cut-0", "")).state is PAID, "what was not done may be tried again"


async def test_what_was_not_paid_here_is_taken_back_at_the_terminal(
    store: Store, terminal: ZvtTerminal
) -> None:
    """By hand, where nobody knows its receipt number."""
    desk = desk_of(store, terminal)
    assert (await desk.reverse("never", "")).state is DECLINED
    terminal.moods.next = ["silent"]
    assert (await desk.pay("a-0", AMOUNT, "")).state is UNKNOWN
    await desk.settle("a-0", is_paid=True, reference="7")
    assert (await desk.reverse("a-0", "7")).state is DECLINED
    assert terminal.count("0630") == 0


async def test_the_terminals_day_is_counted_and_settled_per_shift(
    store: Store, terminal: ZvtTerminal
) -> None:
    """An X asks for what runs; the end of the day settles it, and that still counts."""
    desk = desk_of(store, terminal)
    for number in range(3):
        await desk.pay(f"a-{number}", AMOUNT, "")
    assert await desk.count_day("s1", "EUR", 7_500, ends_day=False) == 7_500
    terminal.moods.silent_day = True
    settled = await desk.count_day("s1", "EUR", 7_500, ends_day=True)
    assert settled == 7_500, "settled, and not heard"
    terminal.moods.silent_day = False
    await desk.pay("b-0", AMOUNT, "")
    assert await desk.count_day("s1", "EUR", 10_000, ends_day=True) == 10_000
    assert await desk.count_day("s2", "EUR", 0, ends_day=True) == 0
    terminal.moods.ends_day = False
    assert await desk.count_day("s2", "EUR", 0, ends_day=True) is None
    terminal.moods.next = ["silent"]
    await desk.pay("c-0", AMOUNT, "")
    unknown = await desk.count_day("s2", "EUR", 0, ends_day=True)
    assert unknown is None, "an open payment comes first"


@pytest.mark.parametrize("told_minor", [500, 0, 7_500], ids=["refund", "by hand", "all"])
async def test_what_went_back_by_card_is_no_day_that_was_settled_unheard(
    store: Store, terminal: ZvtTerminal, told_minor: int
) -> None:
    """Less runs than at the last look, whether or not the till knows of what went back."""
    desk = desk_of(store, terminal)
    for number in range(3):
        await desk.pay(f"a-{number}", AMOUNT, "")
    assert await desk.count_day("s1", "EUR", 7_500, ends_day=False) == 7_500
    back = told_minor or 500
    terminal.give_back_by_hand(back)
    card = 7_500 - told_minor
    assert await desk.count_day("s1", "EUR", card, ends_day=False) == 7_500 - back
    await desk.pay("b-0", AMOUNT, "")
    assert await desk.count_day("s1", "EUR", card + 2_500, ends_day=True) == 10_000 - back


async def test_the_attempt_is_on_disk_before_the_terminal_is_asked(
    store: Store, terminal: ZvtTerminal
) -> None:
    """Whatever dies then, it is found open, with what the terminal had booked before."""
    desk = desk_of(store, terminal)
    terminal.book_by_hand(100)
    terminal.moods.next = ["slow"]
    paying = asyncio.ensure_future(desk.pay("a-0", AMOUNT, ""))
    await come_true(lambda: terminal.count("0601") == 1)
    (kept,) = AttemptBook(store).list_open()
    assert (kept.name, kept.state, kept.amount_minor) == ("a-0", AttemptState.SENT, 2_500)
    assert kept.before is not None
    assert kept.before.receipt == "0001"
    assert (await paying).state is PAID


def test_a_terminal_is_set_up_by_its_address(store: Store) -> None:
    """Host, port and password; anything else is refused with what to write."""
    setup = make_setup("zvt:192.168.1.70", "123456")
    assert setup is not None
    assert (setup.address, setup.password) == ("zvt:192.168.1.70:20007", "123456")
    keep_setup(store, setup)
    assert read_setup(store) == setup
    six = make_setup("zvt:[fe80::1]:22000")
    assert six is not None
    assert six.address == "zvt:[fe80::1]:22000"
    keep_setup(store, make_setup(BY_HAND))
    assert read_setup(store) is None
    for wrong in ("", "zvt:", "tcp:a:1", "zvt:a:99999", "zvt:a b", "zvt:a:0"):
        with pytest.raises(BadInput, match="by-hand"):
            make_setup(wrong)
    with pytest.raises(BadInput, match="six digits"):
        make_setup("zvt:a", "1234")


async def test_no_other_terminal_takes_over_an_open_payment(
    store: Store, terminal: ZvtTerminal
) -> None:
    """Its answer could not be had any more."""
    desk = desk_of(store, terminal)
    terminal.moods.next = ["silent"]
    await desk.pay("a-0", AMOUNT, "")
    with pytest.raises(BadInput, match="open sale"):
        keep_setup(store, None)
