"""The page on which an event is copied, prepared without a server behind it, for pictures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

import msgspec

from gatekeeper.organizer.prepare.event_copying import (
    CopiedDate,
    CopiedWindow,
    CopyPreview,
    CopyWanted,
    Source,
)
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.organizer.prepare.event_copy_page import EventCopyPage
from gatekeeper.wording.texts import TEXTS

LONG: Final = "Friends and supporters of the lantern makers and everybody they bring along"
RIGHT_TO_LEFT: Final = "مهرجان الفوانيس الكبير"
TODAY: Final = date(2027, 1, 15)
NOW: Final = datetime(2027, 1, 15, 9, tzinfo=UTC)
SOURCE: Final = Source(
    name=LONG,
    timezone="Europe/Berlin",
    first_at=datetime(2026, 10, 24, 20, tzinfo=UTC),
    dates=2,
)
WANTED: Final = CopyWanted(name=LONG, first_day=date(2027, 3, 27))
SEEN: Final = CopyPreview(
    timezone="Europe/Berlin",
    same_name=1,
    dates=(
        CopiedDate(
            name=RIGHT_TO_LEFT,
            was_cancelled=False,
            was_starts_at=datetime(2026, 10, 24, 20, tzinfo=UTC),
            starts_at=datetime(2027, 3, 27, 21, tzinfo=UTC),
            ends_at=datetime(2027, 3, 28, 2, tzinfo=UTC),
            doors_at=datetime(2027, 3, 27, 18, tzinfo=UTC),
            shift="uneven",
        ),
        CopiedDate(
            name="Sunday",
            was_cancelled=True,
            was_starts_at=datetime(2026, 10, 25, 18, tzinfo=UTC),
            starts_at=datetime(2027, 3, 28, 17, tzinfo=UTC),
            ends_at=None,
            doors_at=None,
            shift="",
        ),
    ),
    windows=(
        CopiedWindow(
            kind="sale",
            name=LONG,
            part="",
            starts_at=datetime(2027, 2, 2, 9, tzinfo=UTC),
            ends_at=datetime(2027, 3, 27, 18, tzinfo=UTC),
        ),
        CopiedWindow(
            kind="tier",
            name="Standard",
            part="Early bird",
            starts_at=None,
            ends_at=datetime(2027, 3, 3, 23, tzinfo=UTC),
        ),
        CopiedWindow(
            kind="refund",
            name="",
            part="",
            starts_at=None,
            ends_at=datetime(2027, 3, 20, 23, tzinfo=UTC),
        ),
        CopiedWindow(
            kind="rule",
            name="Backstage",
            part="",
            starts_at=datetime(2027, 3, 27, 18, tzinfo=UTC),
            ends_at=datetime(2027, 3, 27, 18, tzinfo=UTC),
        ),
    ),
    dates_left=0,
    types_left=0,
    zones_left=0,
    ticket_types=3,
    promotions=2,
    zones=3,
    gates=4,
    seats=400,
    seats_killed=2,
    codes_left=("Members", RIGHT_TO_LEFT),
    holds_left=2,
    weekday_zones=("Backstage",),
    idle_zones=("Lounge",),
    reports_left=("Monday's figures",),
)


def show_copying(window: DeskWindow) -> Iterator[str]:
    """Show the page as it is filled in, and with what was looked at."""
    page = EventCopyPage()
    window.show_page(page)
    page.show_source(SOURCE, TODAY)
    yield "desk-copy"
    page.show_preview(WANTED, SEEN, NOW)
    yield "desk-copy-seen"
    only = msgspec.structs.replace(SEEN, dates=SEEN.dates[:1], dates_left=1, types_left=1)
    page.show_preview(WANTED, only, datetime(2028, 1, 1, tzinfo=UTC))
    page.say(TEXTS.say("copying.no_name"), "bad")
    yield "desk-copy-first"
