"""Which screen the till shows for each step, and the note over it; what no other file shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.approval_screens import ALLOW_SCREENS
from gatekeeper.presenters.till.card_step_screen import show_card_step
from gatekeeper.presenters.till.choosing_seats import show_seats
from gatekeeper.presenters.till.drawer_screens import DRAWER_SCREENS
from gatekeeper.presenters.till.guest_list_screens import GUEST_SCREENS
from gatekeeper.presenters.till.last_sale_before_start_screen import LAST_SCREENS
from gatekeeper.presenters.till.open_sales_screens import OPEN_SCREENS
from gatekeeper.presenters.till.paying_screens import PAYING_SCREENS
from gatekeeper.presenters.till.pick_up_screens import FINDING_SCREENS
from gatekeeper.presenters.till.printer_and_terminal_presses import WRITES
from gatekeeper.presenters.till.printer_and_terminal_screens import MACHINE_SCREENS
from gatekeeper.presenters.till.reasons_and_discounts_to_pick import REASONS, spell_why
from gatekeeper.presenters.till.refund_and_reprint_screens import AFTER_SCREENS
from gatekeeper.presenters.till.refusal_words import spell_refusal
from gatekeeper.presenters.till.screen_parts import back
from gatekeeper.presenters.till.selling_screens import show_sell
from gatekeeper.presenters.till.sold_screen import show_done
from gatekeeper.presenters.till.state import SELLING, TillScreen, TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.kernel.currencies import DIGITS
from shared.sales.sale_refusals import Refusal

_PAPER_STEPS: Final = frozenset(
    {
        TillStep.SELL,
        TillStep.DONE,
        TillStep.LAST,
        TillStep.HANDED,
        TillStep.PAID_BACK,
        TillStep.MENU,
        TillStep.CLOSED,
        TillStep.MACHINES,
    }
)
"""Where the printer's trouble is told; elsewhere nobody can see to it."""
_AWAITING_PAPER: Final = frozenset({TillStep.HANDED, TillStep.CLOSED})
"""Where a paper is waited for: what gates make of a ticket, and that a report is on record, gives
way to why it does not come.
"""

_DRAWER: Final = "print.drawer_shut"
_OF_DISK: Final = "trouble."
"""That an act was recorded neither opens the drawer nor prints: these are told over it."""
_KEYED_STEPS: Final = frozenset({TillStep.FLOAT, TillStep.COUNT, TillStep.AMOUNT})
"""Where somebody who keys in 200 might mean the larger coin."""
_DEVICE_STEPS: Final = frozenset({TillStep.WHO, TillStep.SELL, TillStep.MENU})

_UNPAID_STEPS: Final = frozenset({TillStep.SELL, TillStep.CASH, TillStep.REST})
"""Where a basket that cannot be sold so, such as once its sale has ended, says why."""
_EVACUATION_STEPS: Final = SELLING | {TillStep.MENU}
"""Where nothing is in hand: what was begun is finished as on any day."""


def show(state: TillState) -> TillScreen:
    """Return what is shown now."""
    note, is_bad = state.note, state.is_bad
    key = state.facts.paper_key
    # What became of a page that was tried is told over its being on its way.
    is_urgent = key == _DRAWER or key.startswith(_OF_DISK) or state.step in _AWAITING_PAPER
    gives_way = not is_bad and (is_urgent or note == TEXTS.say("till.printer_tried"))
    if state.facts.evacuated and state.step in _EVACUATION_STEPS and not (note and is_bad):
        note = TEXTS.say("till.evacuated", zones=TEXTS.list(state.facts.evacuated))
        note, is_bad = f"{note} {TEXTS.say('till.sell_nothing')}", True
    elif key and state.step in _PAPER_STEPS and (not note or gives_way):
        note, is_bad = TEXTS.say(key), True
    elif not note and state.facts.device_key and state.step in _DEVICE_STEPS:
        note, is_bad = TEXTS.say(state.facts.device_key), True
    elif not note and state.step in _UNPAID_STEPS and isinstance(found := state.fill(), Refusal):
        note, is_bad = spell_refusal(found.reason), True
    elif not note and state.step in _KEYED_STEPS and DIGITS.get(state.facts.currency):
        note = TEXTS.say("till.cents", amount=state.spell(200))
    elif not note and state.step is TillStep.DONE and state.facts.gate_hint:
        note = TEXTS.say(state.facts.gate_hint)
    elif not note and state.step in _PAPER_STEPS and state.facts.is_roll_low:
        note = TEXTS.say("print.paper_low")
    if state.returned and note != state.note:  # a guest waits for it, whatever else there is
        note = " ".join((*state.returned, note))
    return _SCREENS[state.step](state)._replace(
        step=state.step,
        note=note,
        is_bad=is_bad,
        status=_status(state),
        is_alone=state.step is not TillStep.STARTING and state.facts.mode != "online",
    )


def _status(state: TillState) -> tuple[str, ...]:
    facts = state.facts
    parts = [facts.event, "" if state.person is None else state.person.name]
    if state.step is not TillStep.STARTING:  # what is not open sells nothing, connected or not
        parts.append(TEXTS.say(f"till.mode.{facts.mode}"))
    if facts.waiting:
        parts.append(TEXTS.say("till.waiting", count=facts.waiting))
    return tuple(part for part in parts if part)


def _show_starting(state: TillState) -> TillScreen:
    said = state.facts.problem or TEXTS.say("till.starting")
    return TillScreen(title=said, icon="paused" if state.facts.problem else "checking")


def _show_who(state: TillState) -> TillScreen:
    if state.facts.evacuated:
        title, label = TEXTS.say("evacuation.idle"), TEXTS.say("till.sell_nothing")
        return TillScreen(title=title, label=label, icon="evacuate")
    if why := state.facts.why_early:
        title, label = TEXTS.say("till.starting"), TEXTS.say(why)
        return TillScreen(title=title, label=label, icon="checking")
    if state.facts.shift:
        said = TEXTS.say("till.who_open")
    else:
        said = TEXTS.say("till.no_cashier" if state.facts.badges == frozenset() else "till.who")
    if state.facts.open_sales:
        said = f"{said} {TEXTS.say('till.open_count', count=len(state.facts.open_sales))}"
    return TillScreen(title=TEXTS.say("till.scan_badge"), label=said, icon="key")


def _show_working(state: TillState) -> TillScreen:
    if state.card_step:
        return show_card_step(state)
    return TillScreen(title=TEXTS.say("till.working"), icon="checking")


def _show_text(state: TillState) -> TillScreen:
    keys = {"ticket": "till.pick_up_title"} | dict.fromkeys(WRITES, "till.address_title")
    key = keys.get(state.purpose, "till.code_title")
    return TillScreen(
        title=TEXTS.say(key),
        has_letters=True,
        amount=state.typed or " ",  # its place is kept, so that no key moves under the finger
        foot=(
            back(),
            Option("enter", TEXTS.say("till.go_on"), is_main=True, is_enabled=bool(state.typed)),
        ),
    )


def _show_why(state: TillState) -> TillScreen:
    return TillScreen(
        title=TEXTS.say("till.why_title"),
        ways=tuple(Option(f"why:{why}", spell_why(why)) for why in REASONS[state.purpose]),
        foot=(back(),),
    )


_SCREENS: Final[Mapping[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.STARTING: _show_starting,
    TillStep.WHO: _show_who,
    TillStep.SELL: show_sell,
    TillStep.SEATS: show_seats,
    TillStep.TEXT: _show_text,
    TillStep.WHY: _show_why,
    TillStep.WORKING: _show_working,
    TillStep.DONE: show_done,
    **AFTER_SCREENS,
    **ALLOW_SCREENS,
    **DRAWER_SCREENS,
    **FINDING_SCREENS,
    **GUEST_SCREENS,
    **LAST_SCREENS,
    **MACHINE_SCREENS,
    **OPEN_SCREENS,
    **PAYING_SCREENS,
}
