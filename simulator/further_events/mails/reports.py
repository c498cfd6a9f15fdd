"""Reports that are mailed by themselves, each at a minute of the evening, whatever is down."""

from __future__ import annotations

import email
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.policy import SMTP
from typing import Any, Final

import msgspec

from shared.kernel.instant import MINUTE, SECOND, Duration, Instant
from simulator.further_events.mails.record import Talk
from simulator.further_events.second_event.owner import Owner
from simulator.kernel.dice import Dice

EARLY: Final[Duration] = 10 * SECOND
"""By so much a server's clock that is right may be ahead."""
ON_THEIR_WAY: Final = frozenset({"waiting", "handing"})


class WantedReport(msgspec.Struct, kw_only=True):
    """A report that comes at a minute of the day.

    Attributes:
        name: Its own; its mail's subject has it.
        path: Where the server tells of it.
        due_at: When it comes.
        runs: What the server says in the end of when it came.
    """

    name: str
    path: str
    due_at: Instant
    runs: Sequence[dict[str, Any]] = ()


class ReportsByMail:
    """Who wants them, and what became of them.

    Attributes:
        address: Whose they are.
        wanted: All.
    """

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self.address = ""
        self.wanted: list[WantedReport] = []

    async def want(
        self, count: int, event_id: str, now: Instant, until: Instant, dice: Dice
    ) -> None:
        """Have the event's report mailed at so many minutes of the evening."""
        (owner,) = await self._owner.must("GET", "/members")
        self.address = str(owner["email"])
        first, last = now // MINUTE + 2, until // MINUTE
        for number in range(count):
            name = f"Report {number:02}"
            due_at = Instant(dice.between(first, max(first, last)) * MINUTE)
            at = datetime.fromtimestamp(due_at / SECOND, UTC)
            body = {
                "name": name,
                "recipients": [self.address],
                "event_ids": [event_id],
                "form": "csv",
                "clock": f"{at:%H:%M}",
                "timezone": "UTC",
            }
            made = await self._owner.must("POST", "/report-schedules", body)
            path = f"/report-schedules/{made['id']}/runs"
            self.wanted.append(WantedReport(name=name, path=path, due_at=due_at))

    async def are_settled(self) -> bool:
        """Ask what became of them; tell whether all of it has come to its end."""
        for one in self.wanted:
            one.runs = await self._owner.must("GET", one.path)
        mails = [mail for one in self.wanted for run in one.runs for mail in run["mails"]]
        return all(one.runs for one in self.wanted) and not any(
            mail["outcome"] in ON_THEIR_WAY for mail in mails
        )


def wrong_reports(reports: ReportsByMail, talks: Sequence[Talk]) -> Iterator[str]:
    """Yield each report that did not come once, or of which something else is said."""
    taken: dict[str, list[Talk]] = {}
    for talk in talks:
        if reports.address in talk.recipients and talk.content is not None:
            subject = str(email.message_from_bytes(talk.content, policy=SMTP)["Subject"])
            name = next((one.name for one in reports.wanted if one.name in subject), subject)
            taken.setdefault(name, []).append(talk)
    known = {one.name for one in reports.wanted}
    yield from (f"a mail is called {name}" for name in taken.keys() - known)
    for one in reports.wanted:
        times = [datetime.fromisoformat(run["due_at"]).timestamp() for run in one.runs]
        if times != [one.due_at / SECOND]:
            yield f"{one.name}: due at {one.due_at / SECOND}, and it came at {times}"
            continue
        ((outcome, *more),) = ([mail["outcome"] for mail in run["mails"]] for run in one.runs)
        own = taken.get(one.name, [])
        least, most = {"sent": (1, 1), "doubtful": (0, 1)}.get(outcome, (0, 0))
        if more or outcome not in {"sent", "doubtful"} or not least <= len(own) <= most:
            yield f"{one.name}: said to be {[outcome, *more]}, and was taken {len(own)} times"
        for talk in own:
            if talk.opened < one.due_at - EARLY:
                yield f"{talk}: {one.name} came before it was due"
