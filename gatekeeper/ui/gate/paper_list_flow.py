"""Leads a supervisor from a line of the list on paper to its entry: how many, and between when.

Times are offered in steps of `PAPER_STEP`: nobody looks at a watch for each guest. `gatekeeper
paper` takes exact ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

import msgspec

from gatekeeper.gate.keying_in_paper_list import PaperDoubt
from gatekeeper.gate.requests import Deed, KeyIn
from gatekeeper.gate.scanned import PickedTicket
from gatekeeper.presenters.page_items import Option
from gatekeeper.supervisor.shown_to_supervisors import FoundHolder
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.ui.loop_thread import OnFailed
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_time
from shared.admission.reasons import Reason
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import HOUR, MINUTE, Duration, Instant

PAPER_STEP: Final[Duration] = 15 * MINUTE
PAPER_BACK: Final[Duration] = 12 * HOUR
"""Times of a passage by a list on paper are offered in such steps, and so far back."""

PAPER: Final = "paper"
_NOW: Final = "now"
_SAME: Final = "same"

_SURE: Final = "sure"
_LEAVE: Final = "leave"

Ask = Callable[[str, str, Sequence[Option], Callable[[str], None], str], None]
MakeDeed = Callable[[str], Deed]
"""Makes a deed for the supervisor's id."""
Doubt = Callable[[Reason], None] | None
"""Called where nobody would be let in on the ticket, with why: a person has to be sure."""


class DoAsSupervisor(Protocol):
    """Has a deed done in the supervisor's name; a fault is told on the menu."""

    def __call__(
        self, make: MakeDeed, on_done: Callable[[int], None], doubt: Doubt = None, /
    ) -> None:
        """Call `on_done` when it is on record, or `doubt` in place of telling of one."""


class ListedLine(msgspec.Struct, frozen=True):
    """A line of the list, however it was found.

    Attributes:
        title: Whose it is: the holder's name, or the code.
        persons: How many its ticket is for.
        code: Gives what it is keyed in by, for the supervisor's id.
    """

    title: str
    persons: int
    code: Callable[[str], str | PickedTicket]

    @classmethod
    def of_holder(cls, holder: FoundHolder) -> ListedLine:
        """Return the line of somebody who was found by name."""
        ticket_id = parse_ticket_id(holder.ticket_id)
        return cls(
            holder.name, holder.persons, lambda person: PickedTicket(ticket_id, person, PAPER)
        )


class PaperFlow:
    """Keys in who was let in by a list on paper; who were let in one after the other share times.

    Args:
        ask: Shows a question.
        do: Does it in the supervisor's name; a fault is told on the menu.
        scans: Knows time and zone.
        on_done: Called when it is on record.
    """

    def __init__(
        self, ask: Ask, do: DoAsSupervisor, scans: ScanFlow, on_done: Callable[[], None]
    ) -> None:
        self._put, self._do, self._scans, self._on_done = ask, do, scans, on_done
        self._span: tuple[Instant, Instant] | None = None

    def begin(self, line: ListedLine) -> None:
        """Ask how many came in, then between when."""
        if line.persons < 2:
            self._ask_first(line, 1)
            return
        options = [
            Option(str(count), TEXTS.say("decide.count_in", count=count))
            for count in range(1, line.persons + 1)
        ]
        title = TEXTS.say("decide.how_many")
        self._ask(line, title, options, lambda key: self._ask_first(line, int(key)))

    def _ask_first(self, line: ListedLine, count: int) -> None:
        options = offered_times(self._scans.now() - PAPER_BACK, self._scans)[::-1]
        span = self._span
        if span is not None:
            times = " – ".join(map(self._spell, span))
            options.insert(0, Option(_SAME, times, TEXTS.say("paper.same_times")))

        def choose(key: str) -> None:
            if key == _SAME and span is not None:
                self._key_in(line, partial(_passage, line, count, *span))
            else:
                self._ask_last(line, count, Instant(int(key)))

        self._ask(line, TEXTS.say("paper.not_before"), options, choose)

    def _ask_last(self, line: ListedLine, count: int, first: Instant) -> None:
        later = offered_times(first + 1, self._scans)
        options = [Option(_NOW, TEXTS.say("paper.until_now")), *later]
        hint = TEXTS.say("paper.not_after", time=self._spell(first))

        def choose(key: str) -> None:
            last = self._scans.now() if key == _NOW else Instant(int(key))
            self._span = (first, last)
            self._key_in(line, partial(_passage, line, count, first, last))

        self._ask(line, hint, options, choose)

    def _key_in(
        self, line: ListedLine, passage: Callable[[str], KeyIn], *, is_sure: bool = False
    ) -> None:
        def make(person: str) -> Deed:
            return msgspec.structs.replace(passage(person), is_sure=is_sure)

        doubt = partial(self._ask_whether_sure, line, passage)
        self._do(make, lambda _seq: self._on_done(), doubt)

    def _ask_whether_sure(
        self, line: ListedLine, passage: Callable[[str], KeyIn], reason: Reason
    ) -> None:
        """Say that nobody would be let in on it by now; what was, is on record all the same."""

        def choose(key: str) -> None:
            if key == _SURE:
                self._key_in(line, passage, is_sure=True)
            else:
                self._on_done()

        options = [
            Option(_LEAVE, TEXTS.say("paper.leave_out"), icon="no"),
            Option(_SURE, TEXTS.say("paper.is_sure"), icon="yes"),
        ]
        said = TEXTS.beside(TEXTS.say(f"word.{reason}"), TEXTS.say("trouble.paper_doubtful"))
        self._put(line.title, said, options, choose, "bad")

    def _spell(self, at: Instant) -> str:
        return spell_time(at, self._scans.now(), self._scans.zone, TEXTS)

    def _ask(
        self,
        line: ListedLine,
        hint: str,
        options: Sequence[Option],
        answer: Callable[[str], None],
    ) -> None:
        self._put(line.title, hint, options, answer, "muted")


def _passage(line: ListedLine, count: int, first: Instant, last: Instant, person: str) -> KeyIn:
    return KeyIn(code=line.code(person), first=first, last=last, person=person, count=count)


def or_doubt(doubt: Doubt, tell: OnFailed) -> OnFailed:
    """Tell of each fault but the doubt about a ticket, where somebody asks about that."""

    def told(fault: BaseException) -> None:
        if doubt is not None and isinstance(fault, PaperDoubt):
            doubt(fault.reason)
        else:
            tell(fault)

    return told


def offered_times(first: int, scans: ScanFlow) -> list[Option]:
    """Return the times that are offered from an instant until now, the earliest first."""
    now = scans.now()
    begin = -(-first // PAPER_STEP) * PAPER_STEP
    return [
        Option(str(at), spell_time(Instant(at), now, scans.zone, TEXTS))
        for at in range(begin, now + 1, PAPER_STEP)
    ]


def paper_option() -> Option:
    """Return the button for a holder who came in by paper."""
    return Option(PAPER, TEXTS.say("paper.key_in"))
