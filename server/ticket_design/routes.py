"""`/api/v1/…/pictures`, and each event's `/look`: its picture, and its tickets' design."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Unit, Units
from server.events.events_and_dates import lock_event
from server.http.body_and_answer_types import Page, answer_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Search
from server.http.logs import log
from server.http.page_cursors import SORTS
from server.http.parameters import AnyRequest
from server.http.retrying import look_again
from server.problem_answers import wrong_field
from server.ticket_design import pictures_and_looks
from server.ticket_design.models import Picture
from server.ticket_design.picture import NoPicture, ReadPicture
from server.ticket_design.schemas import (
    PICTURE_BODY_MAX,
    LookAnswer,
    LookBody,
    PictureAnswer,
    PictureBody,
)
from shared.kernel.id_types import EventId

PICTURES_AT_ONCE: Final = 1
"""That one worker unpacks: some 330 MB at worst, for a second; the others wait."""

PICTURES: Final = "/organizations/{organization_id:str}/pictures"
PICTURE: Final = PICTURES + "/{picture_id:str}"
LOOK: Final = "/organizations/{organization_id:str}/events/{event_id:str}/look"
READ: Final = requires(Role.READER, "events:read")
WRITE: Final = requires(Role.MANAGER, "events:write")
_TYPES: Final = {"png": "image/png", "jpeg": "image/jpeg"}
_UNPACKERS: Final = ThreadPoolExecutor(PICTURES_AT_ONCE, "pictures")
"""Threads start with the first picture; of more at once the rest waits its turn."""


@post(PICTURES, tags=["looks"], guards=[WRITE], request_max_body_size=PICTURE_BODY_MAX)
async def bring_picture(
    data: JSONBody[PictureBody], units: NamedDependency[Units]
) -> PictureAnswer:
    """Bring a picture in PNG, JPEG or WebP; the same one again is not kept twice."""
    loop = asyncio.get_running_loop()
    read = await loop.run_in_executor(_UNPACKERS, _read, data.content)
    async with units.write() as unit:
        row, used = await pictures_and_looks.keep_picture(unit, read, actor=units.actor)
        return answer_of(PictureAnswer, row, used=used)


def _read(content: str) -> ReadPicture:
    # The library for pictures stays out of workers that are sent none.
    from server.ticket_design.picture_reading import read_picture

    try:
        return read_picture(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        raise wrong_field("content", "is not base64") from None
    except NoPicture as fault:
        raise wrong_field("content", str(fault)) from None


@get(PICTURES, tags=["looks"], guards=[READ], opt={SORTS: pictures_and_looks.PICTURE_ORDER})
async def list_pictures(
    search: NamedDependency[Search], units: NamedDependency[Units]
) -> Page[PictureAnswer]:
    """List the organization's pictures."""
    async with units.read() as unit:
        uses: dict[str, int] = {}

        async def prepare(rows: Sequence[Picture]) -> None:
            uses.update(await pictures_and_looks.count_uses(unit, rows))

        return await search.page(
            unit,
            pictures_and_looks.select_pictures(),
            pictures_and_looks.PICTURE_ORDER,
            convert=lambda row: answer_of(PictureAnswer, row, used=uses.get(row.id, 0)),
            prepare=prepare,
        )


@get(PICTURE, tags=["looks"], guards=[READ])
async def get_picture(units: NamedDependency[Units], picture_id: FromPath[str]) -> PictureAnswer:
    """Say what a picture is, and how many events use it."""
    async with units.read() as unit:
        row = await pictures_and_looks.get_picture(unit, picture_id)
        uses = await pictures_and_looks.count_uses(unit, [row])
        return answer_of(PictureAnswer, row, used=uses.get(row.id, 0))


@get(PICTURE + "/content", tags=["looks"], guards=[READ], media_type="image/*")
async def fetch_picture(
    request: AnyRequest, units: NamedDependency[Units], picture_id: FromPath[str]
) -> Response[bytes]:
    """Fetch a picture's bytes; they never change."""
    async with units.read() as unit:
        row = await pictures_and_looks.get_picture(unit, picture_id, has_body=True)
    headers = {
        "etag": f'"{row.digest}"',
        "cache-control": "private, max-age=31536000, immutable",
        "content-disposition": f'inline; filename="{row.id}.{row.form}"',
    }
    kind = _TYPES[row.form]
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(b"", status_code=304, headers=headers, media_type=kind)
    return Response(row.body, headers=headers, media_type=kind)


@delete(PICTURE, status_code=204, tags=["looks"], guards=[WRITE])
@look_again
async def remove_picture(units: NamedDependency[Units], picture_id: FromPath[str]) -> None:
    """Remove a picture that no event uses."""
    async with units.write() as unit:
        await pictures_and_looks.remove_picture(unit, picture_id)


@get(LOOK, tags=["looks"], guards=[READ])
async def get_look(units: NamedDependency[Units], event_id: FromPath[EventId]) -> LookAnswer:
    """Return an event's picture and its tickets' design."""
    async with units.read() as unit:
        return pictures_and_looks.show_look(
            event_id, await pictures_and_looks.get_look(unit, event_id)
        )


@put(LOOK, tags=["looks"], guards=[WRITE])
@look_again
async def set_look(
    data: JSONBody[LookBody],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
) -> LookAnswer:
    """Give an event a picture, and its tickets a design."""
    async with units.write() as unit:
        await expected.check(unit, event_id, _locked, event_id)
        answer = pictures_and_looks.show_look(
            event_id, await pictures_and_looks.set_look(unit, event_id, data)
        )
    log().info("event.look", event_id=event_id, actor=units.actor)
    return answer


@delete(LOOK, status_code=204, tags=["looks"], guards=[WRITE])
@look_again
async def make_plain(
    expected: NamedDependency[Expected], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> None:
    """Let an event have no picture, and its tickets be plain again."""
    async with units.write() as unit:
        await expected.check(unit, event_id, _locked, event_id)
        await pictures_and_looks.make_plain(unit, event_id)


async def _locked(unit: Unit, event_id: EventId) -> LookAnswer:
    await lock_event(unit, event_id)
    return pictures_and_looks.show_look(
        event_id, await pictures_and_looks.get_look(unit, event_id)
    )
