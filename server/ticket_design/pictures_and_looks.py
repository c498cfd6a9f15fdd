"""Pictures of an organization, each kept once, and the looks of its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import undefer

from server import quotas
from server.db.unit import Unit
from server.events.events_and_dates import get_editable_event, get_event
from server.events.tables_of_event_copies import copy_row
from server.http.page_cursors import RowOrder
from server.organizations.organizations_and_numbers import lock_organization
from server.problem_answers import Problem, not_found, wrong_field
from server.ticket_design.models import EventLook, Picture
from server.ticket_design.picture import ReadPicture
from server.ticket_design.schemas import LookAnswer, LookBody
from shared.kernel import ids
from shared.kernel.id_types import EventId
from shared.manifest.ticket_design import (
    CONTRAST_MIN,
    NOTE_LINES_MAX,
    PictureMark,
    TicketDesign,
    contrast_on_white,
    read_color,
)

PICTURES_BYTES: Final = 60_000_000
"""Of an organization, together."""

__all__ = ["EventLook", "Picture"]
"""The rows that are shown."""

PICTURE_ORDER: Final = RowOrder(
    Picture.id,
    fields={"created_at": Picture.created_at, "size": Picture.size},
)
_EVENTS_NAMED_MAX: Final = 3


async def keep_picture(unit: Unit, read: ReadPicture, *, actor: str) -> tuple[Picture, int]:
    """Keep a picture; one that is there already stays the one.

    Returns:
        The picture, and by how many events it is used.

    Raises:
        Problem: `quota-exceeded`.
    """
    await lock_organization(unit)  # else two at once would pass the quota, or be kept twice
    known = await unit.find(select(Picture).where(Picture.digest == read.digest))
    if known is not None:
        return known, (await count_uses(unit, [known])).get(known.id, 0)
    query: Any = select(func.count(), func.coalesce(func.sum(Picture.size), 0)).select_from(
        Picture
    )
    count, size = (await unit.session.execute(query)).one()
    quotas.check(count, quotas.PICTURES_MAX, "pictures; remove one that no event uses")
    if int(size) + len(read.body) > PICTURES_BYTES:
        most = PICTURES_BYTES // 1_000_000
        raise Problem("quota-exceeded", f"At most {most} MB of pictures; remove one.")
    row = Picture(
        id=ids.new_id(ids.PICTURE, unit.entropy),
        digest=read.digest,
        form=read.form,
        width=read.width,
        height=read.height,
        size=len(read.body),
        body=read.body,
        created_at=unit.now,
        created_by=actor,
    )
    await unit.add(row)
    return row, 0


def select_pictures() -> Select[Picture]:
    """Ask for the organization's pictures."""
    return select(Picture)


async def get_picture(unit: Unit, picture_id: str, *, has_body: bool = False) -> Picture:
    """Return a picture.

    Raises:
        Problem: `not-found`, also for another organization's.
    """
    query = select(Picture).where(Picture.id == picture_id)
    return await unit.get(query.options(undefer(Picture.body)) if has_body else query, "picture")


async def count_uses(unit: Unit, pictures: Sequence[Picture]) -> dict[str, int]:
    """Count the events that use each of some pictures."""
    wanted = [one.id for one in pictures]
    query: Any = select(EventLook.picture_id, EventLook.logo_id).where(
        or_(EventLook.picture_id.in_(wanted), EventLook.logo_id.in_(wanted))
    )
    found: dict[str, int] = {}
    for row in (await unit.session.execute(query)).all():
        for one in {*row}:
            found[one] = found.get(one, 0) + 1
    return found


async def remove_picture(unit: Unit, picture_id: str) -> None:
    """Remove a picture that no event uses.

    Raises:
        Problem: `not-found`; `conflict` that names the events.
    """
    await lock_organization(unit)  # nobody begins to use it meanwhile
    picture = await get_picture(unit, picture_id)
    query = (
        select(EventLook.event_id)
        .where(or_(EventLook.picture_id == picture.id, EventLook.logo_id == picture.id))
        .order_by(EventLook.event_id)
        .limit(_EVENTS_NAMED_MAX)
    )
    if users := await unit.all(query):
        detail = f"Events use this picture: {', '.join(users)}. Give their tickets another first."
        raise Problem("conflict", detail)
    await unit.session.execute(delete(Picture).where(Picture.id == picture.id))


async def find_look(unit: Unit, event_id: EventId) -> EventLook | None:
    """Return an event's look; None where it is plain."""
    query = select(EventLook).where(EventLook.event_id == event_id)
    return await unit.find(query.execution_options(populate_existing=True))


async def get_look(unit: Unit, event_id: EventId) -> EventLook | None:
    """Return the look of an event that is there.

    Raises:
        Problem: `not-found`.
    """
    await get_event(unit, event_id)
    return await find_look(unit, event_id)


def show_look(event_id: EventId, row: EventLook | None) -> LookAnswer:
    """Show a look, or the plain one."""
    if row is None:
        said = LookBody()
        return LookAnswer(
            event_id=event_id,
            **{name: getattr(said, name) for name in LookBody.__struct_fields__},
        )
    return LookAnswer(
        event_id=event_id,
        **{name: getattr(row, name) for name in LookBody.__struct_fields__},
    )


async def set_look(unit: Unit, event_id: EventId, said: LookBody) -> EventLook:
    """Give an event a picture and its tickets a design; gates and tills hear of it.

    Raises:
        Problem: `not-found`; `conflict` if the event is over; naming what cannot be taken.
    """
    check_look(said)
    if said.picture_id or said.logo_id:
        await lock_organization(unit)  # nobody removes them meanwhile
    await get_editable_event(unit, event_id)
    for field in ("picture_id", "logo_id"):
        wanted = getattr(said, field)
        if wanted is not None:
            try:
                await get_picture(unit, wanted)
            except Problem:
                raise not_found("picture") from None
    row = await find_look(unit, event_id)
    if row is None:
        row = EventLook(event_id=event_id)
        unit.session.add(row)
    for name in LookBody.__struct_fields__:
        setattr(row, name, getattr(said, name))
    row.accent, row.note = said.accent.lower(), said.note.strip()
    row.hidden = sorted(set(said.hidden))
    row.changed_at = unit.now
    await unit.session.flush()
    return row


async def make_plain(unit: Unit, event_id: EventId) -> None:
    """Let an event have no picture, and its tickets be plain.

    Raises:
        Problem: `not-found`; `conflict` if the event is over.
    """
    await get_editable_event(unit, event_id)
    await unit.session.execute(delete(EventLook).where(EventLook.event_id == event_id))


async def copy_look(unit: Unit, event_id: EventId, copy_id: EventId) -> None:
    """Let a copy of an event, and its tickets, look as the event's do."""
    row = await find_look(unit, event_id)
    if row is not None:
        given = {"event_id": copy_id, "organization_id": unit.organization_id}
        await unit.add(copy_row(row, **given, changed_at=unit.now))


def check_look(said: LookBody) -> None:
    """See that a design leaves a ticket that can be read.

    Raises:
        Problem: naming the fields.
    """
    if said.accent:
        color = read_color(said.accent)
        if color is None:
            raise wrong_field("accent", "is no colour such as #7a1f5c")
        if (contrast := contrast_on_white(color)) < CONTRAST_MIN:
            told = f"{contrast:.1f}".rstrip("0").rstrip(".")
            raise wrong_field(
                "accent",
                f"is too pale on white: its contrast is {told}, and {CONTRAST_MIN} is needed;"
                " take a darker one",
            )
    if said.has_band and said.picture_id is None:
        raise wrong_field("has_band", "needs the event's picture in picture_id")
    if len(said.note.strip().splitlines()) > NOTE_LINES_MAX:
        raise wrong_field("note", f"has more than {NOTE_LINES_MAX} lines")


async def read_design(unit: Unit, event_id: EventId) -> TicketDesign | None:
    """Return an event's tickets' design as tills and files have it; None for plain."""
    row = await find_look(unit, event_id)
    if row is None:
        return None
    band = row.picture_id if row.has_band else None
    wanted = [one for one in (band, row.logo_id) if one is not None]
    rows = await unit.all(select(Picture).where(Picture.id.in_(wanted))) if wanted else []
    marks = {one.id: PictureMark(one.digest, one.width, one.height, one.size) for one in rows}
    return TicketDesign(
        accent=row.accent,
        logo=marks.get(row.logo_id or ""),
        band=marks.get(band or ""),
        hidden=tuple(row.hidden),
        note=row.note,
        page=row.page,
    )


async def read_pictures(unit: Unit, design: TicketDesign | None) -> dict[str, bytes]:
    """Return the bytes of a design's pictures, by their digests."""
    if design is None:
        return {}
    wanted = [one.digest for one in (design.logo, design.band) if one is not None]
    if not wanted:
        return {}
    query = select(Picture).where(Picture.digest.in_(wanted)).options(undefer(Picture.body))
    return {one.digest: one.body for one in await unit.all(query)}
