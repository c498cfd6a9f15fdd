"""Leads a supervisor from a line of the list on paper to its entry: how many, and between when.

Times are whole quarters of an hour: nobody looks at a watch for each guest. `gatekeeper paper`
takes exact ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gatekeeper.gate.requests import Deed, KeyIn
from gatekeeper.gate.scanned import PickedTicket
from gatekeeper.presenters.page_items import Option
from gatekeeper.supervisor.views import FoundHolder
from gatekeeper.ui.scan_flow import ScanFlow
from gatekeeper.wording.texts import TEXTS, Texts
from gatekeeper.wording.times import spell_time
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import HOUR, MINUTE, Duration, Instant

PAPER: Final = "paper"
_QUARTER: Final[Duration] = 15 * MINUTE
_BACK: Final[Duration] = 12 * HOUR
_NOW: Final = "now"

Ask = Callable[[str, str, Sequence[Option], Callable[[str], None], str], None]
Do = Callable[[Callable[[str], Deed], Callable[[int], None]], None]


class PaperFlow:
    """Keys in who was let in by a list on paper.

    Args:
        ask: Shows a question.
        do: Does it in the supervisor's name; a fault is told on the menu.
        scans: Knows time and zone.
        on_done: Called when it is on record.
    """

    def __init__(self, ask: Ask, do: Do, scans: ScanFlow, on_done: Callable[[], None]) -> None:
        self._put, self._do, self._scans, self._on_done = ask, do, scans, on_done

    def begin(self, holder: FoundHolder) -> None:
        """Ask how many came in, then between when."""
        if holder.persons < 2:
            self._ask_first(holder, 1)
            return
        options = [
            Option(str(count), TEXTS.say("decide.count_in", count=count))
            for count in range(1, holder.persons + 1)
        ]
        title = TEXTS.say("decide.how_many")
        self._ask(holder, title, options, lambda key: self._ask_first(holder, int(key)))

    def _ask_first(self, holder: FoundHolder, count: int) -> None:
        options = quarters(self._scans.now() - _BACK, self._scans)[::-1]
        hint = TEXTS.say("paper.not_before")
        self._ask(
            holder, hint, options, lambda key: self._ask_last(holder, count, Instant(int(key)))
        )

    def _ask_last(self, holder: FoundHolder, count: int, first: Instant) -> None:
        later = quarters(first + 1, self._scans)
        options = [Option(_NOW, TEXTS.say("paper.until_now")), *later]
        hint = TEXTS.say("paper.not_after", time=self._spell(first))

        def choose(key: str) -> None:
            last = self._scans.now() if key == _NOW else Instant(int(key))
            self._key_in(holder, count, first, last)

        self._ask(holder, hint, options, choose)

    def _key_in(self, holder: FoundHolder, count: int, first: Instant, last: Instant) -> None:
        ticket_id = parse_ticket_id(holder.ticket_id)

        def make(person: str) -> Deed:
            return KeyIn(
                code=PickedTicket(ticket_id, person, PAPER),
                first=first,
                last=last,
                person=person,
                count=count,
                # Whether they came in before is shown with their name: the supervisor has seen it.
                is_sure=holder.entered_at is not None,
            )

        self._do(make, lambda _seq: self._on_done())

    def _spell(self, at: Instant) -> str:
        return spell_time(at, self._scans.now(), self._scans.zone, TEXTS)

    def _ask(
        self,
        holder: FoundHolder,
        hint: str,
        options: Sequence[Option],
        answer: Callable[[str], None],
    ) -> None:
        self._put(holder.name, hint, options, answer, "muted")


def quarters(first: int, scans: ScanFlow) -> list[Option]:
    """Return the full quarters of an hour from an instant until now, the earliest first."""
    now = scans.now()
    begin = -(-first // _QUARTER) * _QUARTER
    return [
        Option(str(at), spell_time(Instant(at), now, scans.zone, TEXTS))
        for at in range(begin, now + 1, _QUARTER)
    ]


def paper_option(texts: Texts) -> Option:
    """Return the button for a holder who came in by paper."""
    return Option(PAPER, texts.say("paper.key_in"))
