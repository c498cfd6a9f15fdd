"""The till's screens about its drawer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gatekeeper.boxoffice.shift_requests import ShiftAnswer
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.screen_parts import back, show_amount, spell_tender
from gatekeeper.presenters.till.state import BasketRow, TillScreen, TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.journal.shift_body import ShiftSums


def _show_float(state: TillState) -> TillScreen:
    enter = Option("enter", TEXTS.say("till.open_shift"), is_main=True)
    return show_amount(
        state, TEXTS.say("till.float_title"), TEXTS.say("till.float"), (back(), enter)
    )


def _show_count(state: TillState) -> TillScreen:
    enter = Option("enter", TEXTS.say("till.compare"), is_main=True)
    return show_amount(
        state, TEXTS.say("till.count_title"), TEXTS.say("till.counted"), (back(), enter)
    )


def _show_amount_of(state: TillState) -> TillScreen:
    enter = Option("enter", TEXTS.say("till.go_on"), is_main=True)
    asked = TEXTS.say(f"till.act.{state.purpose}")
    return show_amount(state, TEXTS.say("till.amount_title"), asked, (back(), enter))


def _show_menu(state: TillState) -> TillScreen:
    paper: tuple[Option, ...] = ()
    if state.facts.asked_job is not None:
        paper = (
            Option("printed", TEXTS.say("till.printed"), state.facts.asked_paper, is_main=True),
            Option("reprint", TEXTS.say("till.print_again")),
        )
    return TillScreen(
        title=TEXTS.say("till.menu_title"),
        ways=(
            *paper,
            Option("count", TEXTS.say("till.close_shift"), TEXTS.say("till.close_hint")),
            Option("leave", TEXTS.say("till.leave"), TEXTS.say("till.leave_hint")),
            Option("receiver", TEXTS.say("till.act.hand_over"), TEXTS.say("till.hand_over_hint")),
            Option("no_sale", TEXTS.say("till.no_sale"), TEXTS.say("till.no_sale_hint")),
            Option("cash_act:paid_in", TEXTS.say("till.act.paid_in")),
            Option("cash_act:paid_out", TEXTS.say("till.act.paid_out")),
            Option("cash_act:drop", TEXTS.say("till.act.drop")),
            Option("x", TEXTS.say("till.x_report"), TEXTS.say("till.x_hint")),
            Option("machines", TEXTS.say("till.machines"), TEXTS.say("till.machines_hint")),
        ),
        foot=(back(),),
    )


def _show_receiver(_state: TillState) -> TillScreen:
    return TillScreen(
        title=TEXTS.say("till.scan_badge"),
        label=TEXTS.say("till.receiver"),
        icon="key",
        foot=(back(),),
    )


def _show_compared(state: TillState) -> TillScreen:
    found = state.counted
    assert found is not None
    title, key, said = TEXTS.say("till.compared_title"), "close", "till.close_shift"
    foot = [Option("count", TEXTS.say("till.count_again"))]
    ways: tuple[Option, ...] = (
        Option("cash_act:terminal", TEXTS.say("till.act.terminal"), _or(state, "terminal")),
        Option("cash_act:left", TEXTS.say("till.act.left"), _or(state, "left")),
    )
    if state.purpose == "hand_over" and state.receiver is not None:
        title = TEXTS.say("till.compared_hand_over", name=state.receiver.name)
        key, said, ways = "give_drawer", "till.act.hand_over", ()
    elif state.purpose == "close_named":
        key, said = "close_named", "till.close_named"
    is_emptied = state.facts.is_emptied_by_close and key != "give_drawer"
    hint = TEXTS.beside(
        "" if _is_theirs(state) else TEXTS.say("till.by_supervisor"),
        TEXTS.say("till.emptied_by_close") if is_emptied else "",
    )
    foot.append(Option(key, TEXTS.say(said), hint, is_main=key != "close_named"))
    if key == "close_named":  # filled, and in the place of what was pressed, is what does no harm
        foot.append(Option("open", TEXTS.say("till.open_settle"), is_main=True))
    return TillScreen(
        title=title,
        ways=ways,
        rows=_count_rows(state, found),
        label=_say_difference(found.difference_minor or 0),
        amount=state.spell(abs(found.difference_minor or 0)),
        foot=tuple(foot),
    )


def _is_theirs(state: TillState) -> bool:
    """Whether whoever is at the till has opened the drawer, or was handed it."""
    shift, person = state.facts.shift, state.person
    return shift is None or person is None or shift.cashier == person.id


def _say_difference(minor_units: int) -> str:
    """Say which way the drawer is off: a sign alone is overlooked, and in Arabic stands behind."""
    if not minor_units:
        return TEXTS.say("till.difference")
    return TEXTS.say("till.difference_over" if minor_units > 0 else "till.difference_short")


def _or(state: TillState, what: str) -> str:
    amount = state.terminal_minor if what == "terminal" else state.left_minor
    return TEXTS.say(f"till.not_keyed.{what}") if amount is None else state.spell(amount)


def _show_closed(state: TillState) -> TillScreen:
    found = state.counted
    ways: tuple[Option, ...] = ()
    if found is not None and found.z_number:
        ways = (Option("approve", TEXTS.say("till.approve", number=found.z_number)),)
    return TillScreen(
        title=TEXTS.say("till.closed_title"),
        ways=ways,
        rows=() if found is None else _count_rows(state, found),
    )


def _count_rows(state: TillState, answer: ShiftAnswer) -> tuple[BasketRow, ...]:
    pairs = [
        ("till.counted", answer.counted_minor),
        ("till.expected", answer.expected_minor),
        ("till.difference", answer.difference_minor),
        *_since_handed(answer),
        ("till.card_sum", answer.card_minor),
    ]
    return tuple(
        BasketRow(TEXTS.say(key), state.spell(minor)) for key, minor in pairs if minor is not None
    )


def _since_handed(answer: ShiftAnswer) -> list[tuple[str, int | None]]:
    """Part a difference: whoever has taken a drawer over does not answer for what was missing."""
    before, over = answer.handed_minor, answer.difference_minor
    if before is None or over is None:
        return []
    return [("till.difference_handed", before), ("till.difference_since", over - before)]


def _show_report(state: TillState) -> TillScreen:
    found = state.counted
    assert found is not None
    assert found.sums is not None
    return TillScreen(
        title=TEXTS.say("till.x_report"),
        rows=_sum_rows(state, found.sums),
        label=TEXTS.say("till.expected"),
        amount=state.spell(found.expected_minor or 0),
        foot=(back(), Option("enter", TEXTS.say("till.go_on"), is_main=True)),
    )


def _sum_rows(state: TillState, sums: ShiftSums) -> tuple[BasketRow, ...]:
    amounts = [
        (TEXTS.say("till.float"), sums.float_minor),
        (TEXTS.say("till.sum.gross", count=sums.ticket_count), sums.gross_minor),
        *((spell_tender(one.kind), one.net_minor) for one in sums.tenders),
        (TEXTS.say("till.sum.payout", count=sums.payout_count), -sums.payout_minor),
        (TEXTS.say("till.act.paid_in"), sums.paid_in_minor),
        (TEXTS.say("till.act.paid_out"), -sums.paid_out_minor),
        (TEXTS.say("till.act.drop"), -sums.dropped_minor),
    ]
    return tuple(BasketRow(name, state.spell(minor)) for name, minor in amounts if minor)


DRAWER_SCREENS: Final[Mapping[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.FLOAT: _show_float,
    TillStep.MENU: _show_menu,
    TillStep.COUNT: _show_count,
    TillStep.AMOUNT: _show_amount_of,
    TillStep.RECEIVER: _show_receiver,
    TillStep.COMPARED: _show_compared,
    TillStep.CLOSED: _show_closed,
    TillStep.REPORT: _show_report,
}
