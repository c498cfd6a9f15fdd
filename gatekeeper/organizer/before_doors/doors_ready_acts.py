"""What can be done about a line of the doors-ready board, and who may. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from gatekeeper.organizer.before_doors.doors_ready_lines import BoardLine, Cause, Check

_ACTS: Final = {
    (Check.ON_SALE, "shut"): "put_on_sale",
    (Check.HANDED_OVER, "never"): "hand_over",
    (Check.HANDED_OVER, "handed"): "hand_over",  # names of guests who came later travel with it
    (Check.HANDED_OVER, "nameless"): "hand_over",
    (Check.FREEZE, "lifted"): "hand_over",
    (Check.KEYS, "end"): "lift_bounds",
    (Check.KEYS, "former"): "lift_bounds",
    (Check.GATE, "no_device"): "add_device",
    (Check.GATE, "never_heard"): "show_devices",
    (Check.GATE, "silent"): "show_devices",
    (Check.GATE, "trouble"): "show_devices",
    (Check.TILL, "never_heard"): "show_devices",
    (Check.TILL, "silent"): "show_devices",
    (Check.TILL, "trouble"): "show_devices",
    (Check.PEOPLE, "none"): "show_people",
    (Check.PEOPLE, "no_cashier"): "show_people",
    (Check.CONFLICTS, "open"): "show_conflicts",
    (Check.FALSE_DEVICE, "noticed"): "show_conflicts",
    **{
        (Check.COPY, state): "show_server"
        for state in ("nowhere", "gone", "full", "failed", "old", "never", "no_sheet", "same_disk")
    },
}
"""What the button beside a line does."""
_CHANGING: Final = frozenset({"put_on_sale", "hand_over", "add_device"})
"""What not every role may."""
_OWNERS: Final = frozenset({"lift_bounds"})
"""What owners alone may."""


def find_act(
    line: BoardLine, lines: Collection[BoardLine], *, may_act: bool, is_owner: bool
) -> str | None:
    """Return what the button beside a line does; None where nobody is offered one.

    What was never published is handed to no gate: its own line comes first.

    Args:
        line: What stands there.
        lines: All of the board.
        may_act: Whether whoever looks may change the event.
        is_owner: Whether they own the organization.
    """
    if line.cause is Cause.NEVER_HANDED_OVER and any(
        one.cause in {Cause.NOT_ON_SALE, Cause.CALLED_OFF} for one in lines
    ):
        return None
    act = _ACTS.get((line.check, line.state))
    if act in _OWNERS:
        return act if is_owner else None
    return act if may_act or act not in _CHANGING else None
