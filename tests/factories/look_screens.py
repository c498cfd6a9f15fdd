"""The page of an event's picture and its tickets' design, without a server behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from gatekeeper.organizer.prepare.ticket_design_client import EventLook, Picture, draw_preview
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.wording.texts import TEXTS
from server.ticket_design.picture import ReadPicture
from shared.kernel.instant import parse_instant
from tests.factories.designs import NOTE, band, logo


def picture_of(picture_id: str, read: ReadPicture) -> Picture:
    """Return a picture as the desk has it."""
    return Picture(
        id=picture_id,
        digest=read.digest,
        width=read.width,
        height=read.height,
        size=len(read.body),
    )


BAND: Final = picture_of("pc_band00000000", band())
LOGO: Final = picture_of("pc_logo00000000", logo())
PLAIN: Final = EventLook(
    etag='"a"',
    event="Night of the Lanterns",
    organization="Lantern Society",
    timezone="Europe/Berlin",
    ticket_type="Standing",
    starts_at=parse_instant("2026-11-23T18:30:00Z"),
)
DESIGNED: Final = msgspec.structs.replace(
    PLAIN,
    picture_id=BAND.id,
    logo_id=LOGO.id,
    has_band=True,
    accent="#7a1f5c",
    hidden=("price",),
    note=NOTE,
    pictures={one.id: one for one in (BAND, LOGO)},
    contents={one.digest: one.body for one in (band(), logo())},
)


def show_look(work: EventPages) -> Iterator[str]:
    """Show it plain, with all that may be chosen, and with what is refused."""
    work.enter("ticket_design")
    page = work.ticket_design
    page.setEnabled(True)
    page.show_look(PLAIN)
    page.show_preview(draw_preview(PLAIN, TEXTS.language))
    yield "desk-look-plain"
    page.show_look(DESIGNED, is_kept=False)
    page.show_preview(draw_preview(DESIGNED, TEXTS.language))
    page.say(TEXTS.say("look.changed"), "bad")
    yield "desk-look"
    pale = msgspec.structs.replace(DESIGNED, accent="#ffee00", page="a6")
    page.show_look(pale, is_kept=False)
    page.show_preview(draw_preview(pale, TEXTS.language))
    page.say("", "lead")
    yield "desk-look-pale"
    page.show_look(PLAIN)
