"""The room of a guest's own data, in each of its states, without a server behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gatekeeper.organizer.persons import FoundPerson, FoundPersons, Held, HeldRecord, HeldText
from gatekeeper.ui.organizer.desk_window import Workspace
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
        id=f"{kind}-{number}",
        name=None if kind == "list" else KLARA.name,
        email=KLARA.email if kind == "order" else None,
        phone=KLARA.phone if kind == "order" else None,
        number=number,
        state="paid",
        total_minor=4_000 if kind == "order" else 0,
        currency="EUR" if kind == "order" else "",
    )


HELD: Final = Held(
    records=(
        _record("order", "Night of the Lanterns", 1_204),
        _record("ticket", "Night of the Lanterns"),
        _record("list", "Summer Fair"),
    ),
    texts=(HeldText("voucher.note", "For Klára Nováková, who waited in the rain", 1),),
)


def show_persons(work: Workspace) -> Iterator[str]:
    """Show each state, and name it."""
    page = work.persons
    work.enter("persons")
    page.show_found(FOUND)
    yield "desk-persons-found"
    page.show_held(KLARA, HELD)
    page.say(TEXTS.say("lists.saved", name="person.zip"), "good")
    yield "desk-persons-held"
