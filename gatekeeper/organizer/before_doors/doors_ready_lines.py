"""The lines of the doors-ready board: what is checked, and how each can stand. Pure.

Its sentences: `gatekeeper/presenters/desk/doors_ready_words.py`.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, IntEnum, StrEnum

import msgspec


class Light(IntEnum):
    """How a line stands; the worst is the board's."""

    GREEN = 0
    AMBER = 1
    RED = 2


class Check(StrEnum):
    """What is checked."""

    PLAN = "plan"
    ODD = "odd"
    ON_SALE = "on_sale"
    HANDED_OVER = "handed_over"
    FREEZE = "freeze"
    KEYS = "keys"
    GATE = "gate"
    TILL = "till"
    SPARE = "spare"
    REHEARSAL = "rehearsal"
    PEOPLE = "people"
    CONFLICTS = "conflicts"
    FALSE_DEVICE = "false_device"
    COPY = "copy"
    LATER = "later"
    LAPTOP = "laptop"


class Oddity(msgspec.Struct, frozen=True):
    """Something odd about the event, as the server finds it before it is handed to gates.

    Attributes:
        code: Which, such as `date_without_zone`.
        message: The server's own sentence, for a code that this desk does not know.
        names: Of the zones, dates or types that it is about.
    """

    code: str
    message: str
    names: tuple[str, ...] = ()


class BoardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the board.

    Attributes:
        check: What it is about.
        light: How it stands.
        state: Which of the check's sentences holds, such as `silent`.
        name: Of the gate or device that it is about; "" for the event.
        detail: What somebody or something else has said of it, where it is.
        oddity: What is odd about the event, where that is it.
        since: When the device was heard last, where that matters.
        count: How many, where that matters.
        objections: Who found what in a rehearsal: a gate's device, and the names of its checks.
        readers: Those that do not answer, as the device calls them.
    """

    check: Check
    light: Light
    state: str
    name: str = ""
    detail: str = ""
    since: datetime | None = None
    count: int = 0
    objections: tuple[tuple[str, tuple[str, ...]], ...] = ()
    oddity: Oddity | None = None
    readers: tuple[str, ...] = ()

    @property
    def cause(self) -> Cause:
        """Why it stands so."""
        return Cause((self.check, self.state, self.light))


class Cause(Enum):
    """Every way in which a line can stand: no line is made but of one of these.

    Each has its words and, where it is not green, says what to do (`gatekeeper/presenters`).
    """

    PLAN_WHOLE = (Check.PLAN, "whole", Light.GREEN)
    PLAN_REFUSED = (Check.PLAN, "refused", Light.RED)
    ODD = (Check.ODD, "odd", Light.AMBER)
    ON_SALE = (Check.ON_SALE, "open", Light.GREEN)
    NOT_ON_SALE = (Check.ON_SALE, "shut", Light.RED)
    CALLED_OFF = (Check.ON_SALE, "called_off", Light.RED)
    OVER = (Check.ON_SALE, "over", Light.RED)
    HANDED_OVER = (Check.HANDED_OVER, "handed", Light.GREEN)
    HANDED_OVER_NAMELESS = (Check.HANDED_OVER, "nameless", Light.GREEN)
    NEVER_HANDED_OVER = (Check.HANDED_OVER, "never", Light.RED)
    FREEZE_LOCKED = (Check.FREEZE, "locked", Light.GREEN)
    FREEZE_LIFTED = (Check.FREEZE, "lifted", Light.AMBER)
    KEYS_LAST = (Check.KEYS, "last", Light.GREEN)
    KEYS_END = (Check.KEYS, "end", Light.RED)
    KEYS_FORMER = (Check.KEYS, "former", Light.AMBER)
    PEOPLE_SOME = (Check.PEOPLE, "some", Light.GREEN)
    PEOPLE_NONE = (Check.PEOPLE, "none", Light.RED)
    PEOPLE_NO_CASHIER = (Check.PEOPLE, "no_cashier", Light.RED)
    GATE_HEARD = (Check.GATE, "heard", Light.GREEN)
    GATE_NO_DEVICE = (Check.GATE, "no_device", Light.RED)
    GATE_NEVER_HEARD = (Check.GATE, "never_heard", Light.RED)
    GATE_SILENT = (Check.GATE, "silent", Light.RED)
    GATE_NO_TICKETS = (Check.GATE, "no_tickets", Light.RED)
    GATE_OLD_PLAN = (Check.GATE, "old_plan", Light.RED)
    GATE_OTHER_KEYS = (Check.GATE, "other_keys", Light.RED)
    GATE_CLOCK = (Check.GATE, "clock", Light.AMBER)
    GATE_BEHIND = (Check.GATE, "behind", Light.AMBER)
    GATE_BATTERY = (Check.GATE, "battery", Light.AMBER)
    GATE_READER = (Check.GATE, "reader", Light.AMBER)
    GATE_UNREAD = (Check.GATE, "unread", Light.AMBER)
    GATE_ASKING = (Check.GATE, "asking", Light.AMBER)
    GATE_EVACUATED = (Check.GATE, "evacuated", Light.RED)
    GATE_PAUSED = (Check.GATE, "paused", Light.RED)
    GATE_TROUBLE = (Check.GATE, "trouble", Light.AMBER)
    TILL_HEARD = (Check.TILL, "heard", Light.GREEN)
    TILL_NEVER_HEARD = (Check.TILL, "never_heard", Light.RED)
    TILL_SILENT = (Check.TILL, "silent", Light.RED)
    TILL_NO_TICKETS = (Check.TILL, "no_tickets", Light.RED)
    TILL_OLD_PLAN = (Check.TILL, "old_plan", Light.RED)
    TILL_OTHER_KEYS = (Check.TILL, "other_keys", Light.RED)
    TILL_PRINTER = (Check.TILL, "printer", Light.RED)
    TILL_NO_SHIFT = (Check.TILL, "no_shift", Light.RED)
    TILL_NO_FLOAT = (Check.TILL, "no_float", Light.AMBER)
    TILL_CLOCK = (Check.TILL, "clock", Light.AMBER)
    TILL_BEHIND = (Check.TILL, "behind", Light.AMBER)
    TILL_BATTERY = (Check.TILL, "battery", Light.AMBER)
    TILL_TROUBLE = (Check.TILL, "trouble", Light.AMBER)
    LATER = (Check.LATER, "other_dates", Light.GREEN)
    REHEARSAL_PASSED = (Check.REHEARSAL, "passed", Light.GREEN)
    REHEARSAL_MISSING = (Check.REHEARSAL, "missing", Light.AMBER)
    REHEARSAL_FAILED = (Check.REHEARSAL, "failed", Light.RED)
    SPARE_READY = (Check.SPARE, "ready", Light.GREEN)
    CONFLICTS_NONE = (Check.CONFLICTS, "none", Light.GREEN)
    CONFLICTS_OPEN = (Check.CONFLICTS, "open", Light.AMBER)
    FALSE_DEVICE = (Check.FALSE_DEVICE, "noticed", Light.AMBER)
    COPY_GOOD = (Check.COPY, "good", Light.GREEN)
    COPY_NOWHERE = (Check.COPY, "nowhere", Light.AMBER)
    COPY_NEVER = (Check.COPY, "never", Light.RED)
    COPY_OLD = (Check.COPY, "old", Light.RED)
    COPY_GONE = (Check.COPY, "gone", Light.RED)
    COPY_FULL = (Check.COPY, "full", Light.RED)
    COPY_FAILED = (Check.COPY, "failed", Light.RED)
    COPY_NO_SHEET = (Check.COPY, "no_sheet", Light.AMBER)
    COPY_SAME_DISK = (Check.COPY, "same_disk", Light.AMBER)
    LAPTOP_CLOCK = (Check.LAPTOP, "off", Light.AMBER)

    @property
    def light(self) -> Light:
        """How a line stands with it."""
        return self.value[2]

    def line(
        self,
        *,
        name: str = "",
        detail: str = "",
        since: datetime | None = None,
        count: int = 0,
        oddity: Oddity | None = None,
        readers: tuple[str, ...] = (),
    ) -> BoardLine:
        """Make the line that stands so."""
        check, state, light = self.value
        return BoardLine(
            check=check,
            light=light,
            state=state,
            name=name,
            detail=detail,
            since=since,
            count=count,
            oddity=oddity,
            readers=readers,
        )


TROUBLES = tuple(cause for cause in Cause if cause.light is not Light.GREEN)
"""What keeps the board from green."""
