"""The page of who did what, without a server behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from gatekeeper.organizer.afterwards.audit_client import AuditFacts, AuditLine, AuditLines, Days
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.wording.texts import TEXTS

ROOT: Final = "/api/v1/organizations/{organization_id}"
FACTS: Final = AuditFacts(
    events={"ev_1": "Night of the Lanterns", "ev_2": "Summer Fair"},
    people={"us_1": "Mara Okoye", "us_2": "حسن العلي", "ak_1": "Web shop"},
    zone="Europe/Berlin",
)
NAMES: Final = {"zn_hall": "Great Hall", "01ab9f": "7K2M-9Q4T-H"}
_AT: Final = datetime(2026, 11, 22, 18, 30, 5, tzinfo=UTC)
_DONE: Final = (
    ("us_1", "POST", "/events/{event_id}/handover", ""),
    ("us_2", "POST", "/events/{event_id}/tickets/{ticket_id}/refund", "ticket_id=01ab9f"),
    ("ak_1", "POST", "/events/{event_id}/orders", ""),
    ("us_1", "PUT", "/events/{event_id}/zones/{zone_id}", "zone_id=zn_hall"),
    ("us_1", "PUT", "/events/{event_id}/tickets/{ticket_id}/block", "ticket_id=01ab9f blocked=no"),
    ("", "POST", "/events/{event_id}/homes/spread", ""),
    ("us_9", "DELETE", "/members/{user_id}", "user_id=us_4"),
)


def make_line(actor: str, method: str, route: str, target: str, ago: int = 0) -> AuditLine:
    """Make a line of something that was done minutes ago."""
    targets = ["organization_id=og_1", *(["event_id=ev_1"] if "/events" in route else [])]
    return AuditLine(
        at=_AT - timedelta(minutes=17 * ago),
        actor=actor,
        by=FACTS.people.get(actor, ""),
        method=method,
        route=ROOT + route,
        request_id="rq_1",
        targets=[*targets, *target.split()],
    )


LINES: Final = tuple(make_line(*one, ago) for ago, one in enumerate(_DONE))


def show_audit(work: EventPages) -> Iterator[str]:
    """Show each state, and name it."""
    page = work.audit
    work.enter("audit")
    page.show_facts(FACTS)
    page.show_page(AuditLines(LINES, "next", NAMES))
    page.days.choose(Days(date(2026, 11, 1), None))
    page.say(TEXTS.say("audit.cut", name="audit.csv", count=50_000), "good")
    yield "desk-audit"
