"""What the page of reports by mail says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gatekeeper.organizer.afterwards.report_schedules_client import (
    EVERY,
    KINDS,
    Address,
    ReportRun,
    Schedule,
)
from gatekeeper.presenters.desk.plan_words import ClashWords
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_apart
from gatekeeper.wording.wall_clocks import zone_named
from shared.kernel.languages import LANGUAGE_NAMES

_SIGNS: Final = {
    "waiting": "…",
    "handing": "…",
    "sent": "✓",
    "refused": "✕",
    "gone": "–",
    "doubtful": "?",
}
"""Read without colours too."""


def spell_schedule(schedule: Schedule) -> str:
    """Say a report in the list: its name, and when it comes next."""
    if schedule.is_paused:
        return f"{schedule.name}\nⅡ " + TEXTS.say("mailed.paused")
    return f"{schedule.name}\n" + TEXTS.say("mailed.next", time=_next(schedule))


def spell_address(address: Address) -> str:
    """Say an address in the list, and whether reports may go there."""
    state = "open" if address.confirmed_at is None else "confirmed"
    return TEXTS.isolate(address.email) + " · " + TEXTS.say(f"mailed.known.{state}")


def spell_leaving(address: Address, reports: Sequence[str]) -> str:
    """Ask before an address is removed, and say which reports go there."""
    email = TEXTS.isolate(address.email)
    asked = TEXTS.say("mailed.leave.ask", email=email)
    if not reports:
        return asked
    names = TEXTS.list(TEXTS.isolate(one) for one in reports)
    return asked + " " + TEXTS.say("mailed.leave.reports", names=names)


def spell_times(schedule: Schedule) -> str:
    """Say when a report comes next, and when it came last."""
    first = (
        TEXTS.say("mailed.paused")
        if schedule.is_paused
        else TEXTS.say("mailed.next", time=_next(schedule))
    )
    if schedule.last_at is None:
        return f"{first}\n" + TEXTS.say("mailed.never")
    last = spell_apart(schedule.last_at, zone_named(schedule.timezone))
    return f"{first}\n" + TEXTS.say("mailed.last", time=last)


def spell_run(run: ReportRun, zone: str) -> list[tuple[str, str, str]]:
    """Say what became of each mail of one time: when, to whom, how it ended."""
    at = spell_apart(run.due_at, zone_named(zone))
    if run.asked:
        at = TEXTS.beside(at, TEXTS.say("mailed.asked"))
    return [
        (at, TEXTS.isolate(one.email), f"{_SIGNS.get(one.outcome, '…')} {_outcome(one.outcome)}")
        for one in run.mails
    ]


def spell_runs(runs: Sequence[ReportRun], zone: str) -> list[tuple[str, str, str]]:
    """Say all of them, the latest first."""
    return [row for run in runs for row in spell_run(run, zone)]


def words_of_schedules(events: Mapping[str, str]) -> ClashWords:
    """Return how a report's fields are said."""

    def value(path: str, said: Any) -> str:
        match path:
            case "kind" if said in KINDS:
                return TEXTS.say(f"mailed.kind.{said}")
            case "every" if said in EVERY:
                return TEXTS.say(f"mailed.every.{said}")
            case "weekday":
                return TEXTS.say(f"mailed.weekday.{said}")
            case "form":
                return str(said).upper()
            case "language":
                return LANGUAGE_NAMES.get(str(said), str(said))
            case "event_ids":
                named = [events.get(one, one) for one in said]
                return TEXTS.list(named) if named else TEXTS.say("mailed.all")
            case "recipients":
                return TEXTS.list([TEXTS.isolate(one) for one in said])
            case _:
                return str(said)

    return ClashWords(lambda path: TEXTS.say(f"mailed.{path}"), value)


def _next(schedule: Schedule) -> str:
    if schedule.next_at is None:
        return "–"
    return spell_apart(schedule.next_at, zone_named(schedule.timezone))


def _outcome(outcome: str) -> str:
    known = outcome if outcome in _SIGNS else "waiting"
    return TEXTS.say(f"mailed.outcome.{known}")
