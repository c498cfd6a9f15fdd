"""The page of a guest's own data, in each of its states, without a server behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from gatekeeper.organizer.afterwards.guest_data_client import (
    FoundPerson,
    FoundPersons,
    Held,
    HeldRecord,
    HeldText,
)
from gatekeeper.organizer.afterwards.retention_client import KeptEvent, Retention
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.wording.texts import TEXTS

KLARA: Final = FoundPerson(
    name="Klára Nováková",
    email="klara.novakova@example.org",
    phone="+420 602 123 456",
    orders=2,
    tickets=1,
    events=2,
)
OTHER: Final = FoundPerson(
    name="Klára Nováková-Wolfeschlegelsteinhausen",
    email=None,
    phone=None,
    orders=0,
    tickets=1,
    events=1,
)
FOUND: Final = FoundPersons(items=(KLARA, OTHER), is_cut=True)


def _record(kind: str, event: str, number: int = 0) -> HeldRecord:
    return HeldRecord(
        place=f"{kind}:ev_1:{event}{number}",
        kind=kind,
        event_name=event,
        name=None if kind == "list" else KLARA.name,
        email=KLARA.email if kind == "order" else None,
        phone=KLARA.phone if kind == "order" else None,
        number=number,
        total_minor=4_000 if kind == "order" else 0,
        currency="EUR" if kind == "order" else "",
    )


HELD: Final = Held(
    records=(
        _record("order", "Night of the Lanterns", 1_204),
        _record("ticket", "Night of the Lanterns"),
        _record("list", "Summer Fair"),
    ),
    texts=(HeldText("For Klára Nováková, who waited in the rain"),),
)


NOW: Final = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)


def kept(name: str, ago: int, waits: str = "") -> KeptEvent:
    """Make an event whose names go so many days ago."""
    due = NOW - timedelta(days=ago)
    return KeptEvent(
        name=name,
        due_at=due,
        due_on=f"{due:%Y-%m-%d}",
        orders=1_204,
        tickets=312,
        lists=1,
        waits=waits,
    )


KEPT: Final = (
    kept("Summer Fair", 40),
    kept("Autumn market", 12, "conflict"),
    kept("Concert", 3, "refunds"),
    kept("Night of the Lanterns", -30),
)


def show_persons(work: EventPages) -> Iterator[str]:
    """Show each state, and name it."""
    page = work.guest_data
    work.enter("guest_data")
    page.show_found(FOUND)
    yield "desk-persons-found"
    page.show_held(KLARA, HELD)
    page.say(TEXTS.say("lists.saved", name="person.zip"), "good")
    yield "desk-persons-held"
    page.tabs.setCurrentIndex(1)
    page.retention.show_rule(Retention(days=90, events=()), NOW)
    page.retention.days.setValue(30)
    page.retention.show_preview(Retention(days=90, events=KEPT), 30, NOW)
    yield "desk-persons-kept"
    page.tabs.setCurrentIndex(0)
