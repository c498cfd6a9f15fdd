"""The till's screens of guest lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.guest_list_presses import list_guest_lists, plus_max
from gatekeeper.presenters.till.screen_parts import back
from gatekeeper.presenters.till.state import TillScreen, TillState, TillStep
from gatekeeper.wording.texts import TEXTS


def _show_guests(state: TillState) -> TillScreen:
    ways = tuple(
        Option(
            f"guest_list:{one.code}",
            TEXTS.beside(one.name, state.facts.host_of(one.code)),
            TEXTS.say("till.left", count=one.left),
        )
        for one in list_guest_lists(state)
    )
    return TillScreen(
        title=TEXTS.say("till.guests_title"), ways=ways, is_list=True, foot=(back(),)
    )


def _show_guest(state: TillState) -> TillScreen:
    one = next((x for x in list_guest_lists(state) if x.code == state.guest_list), None)
    name, left = ("", 0) if one is None else (one.name, one.left)
    host = state.facts.host_of(state.guest_list)
    ways = tuple(
        Option(f"plus:{count}", TEXTS.isolate(f"+{count}"), is_main=state.plus == count)
        for count in range(1, plus_max(state) + 1)
    )
    add = TEXTS.say("till.guest_add", count=1 + state.plus)
    return TillScreen(
        title=TEXTS.beside(name, host, TEXTS.say("till.left", count=left)),
        ways=ways,
        has_letters=True,
        label=TEXTS.say("till.guest_name"),
        amount=state.typed or " ",
        foot=(
            back(),
            Option("enter", add, is_main=True, is_enabled=bool(state.typed.strip())),
        ),
    )


GUEST_SCREENS: Final[Mapping[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.GUESTS: _show_guests,
    TillStep.GUEST: _show_guest,
}
