"""The desk's page of guests: a list as it was looked at, and on its way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from gatekeeper.organizer.failed_work import FailedWork, WorkEnd
from gatekeeper.organizer.prepare.guest_imports_client import ListImport, ListTypeCount, WrongLine
from gatekeeper.ui.organizer.desk_pages import EventPages
from server.ticketing.words_of_wrong_lines import IS_ROUNDED
from shared.wire.work_reasons import WorkReason

LONG: Final = "Friends and supporters of the lantern makers and everybody they bring along"
LIST: Final = ListImport(
    id="im_lantern",
    state="checked",
    columns=("Barcode", LONG, "Name"),
    sample=(("LN-100001", "Standing", LONG), ("LN-100002", "Gallery", "محمد")),
    mapping={
        "code": "Barcode",
        "uid": "",
        "type": LONG,
        "name": "Name",
        "surname": "",
        "email": "",
        "ticket_type_id": None,
    },
    position=5_000,
    size=5_000,
    lines=5_000,
    added=4_980,
    again=0,
    known=10,
    wrong=10,
    named=4_800,
    said="",
    types=(
        ListTypeCount(ticket_type_id="tt_1", added=4_480, again=0, known=6, wrong=3),
        ListTypeCount(ticket_type_id="tt_2", added=500, again=0, known=4, wrong=1),
        ListTypeCount(ticket_type_id=None, added=0, again=0, known=0, wrong=6),
    ),
)
BROKEN: Final = FailedWork(
    jobs=("jb_1",),
    ends=(WorkEnd("Something went wrong on our side.", (WorkReason("work.broken"),)),),
)
WRONG_LINES: Final = (
    WrongLine(14, "type", "is no ticket type of the event"),
    WrongLine(5_102, "code", "stands on line 14 already"),
    WrongLine(5_103, "code", IS_ROUNDED),
)


def show_list(work: EventPages) -> Iterator[str]:
    """Show the page in turn, and say each time what is shown."""
    work.enter("guests")
    work.guests.show_columns(LIST)
    work.guests.show_types({"tt_1": "Standing", "tt_2": LONG})
    work.guests.show_list(LIST)
    work.guests.show_wrong(WRONG_LINES)
    yield "desk-guests"
    work.guests.show_list(msgspec.structs.replace(LIST, state="placing", position=2_500))
    yield "desk-guests-placing"
    work.guests.show_list(msgspec.structs.replace(LIST, state="telling", position=2_500))
    work.guests.show_failed(BROKEN)
    yield "desk-guests-stopped"
