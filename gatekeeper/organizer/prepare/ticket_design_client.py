"""An event's picture and its tickets' design, as the desk reads and sets them; and its preview."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from gatekeeper.organizer.edit_clashes import TaggedFields, clash_of
from gatekeeper.organizer.merging_edits import Clash, merge
from gatekeeper.organizer.server_api import EventSite, Refused, ServerApi
from gatekeeper.printing.documents import TicketPaper
from gatekeeper.printing.printer_profiles import PageSize, PdfProfile
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import PICTURE_SENT_MAX
from shared.kernel.errors import BadInput
from shared.kernel.instant import Instant, parse_instant
from shared.manifest.ticket_design import LINES, PictureMark, TicketDesign, is_legible

PICTURE_ENDS: Final = (".png", ".jpg", ".jpeg", ".webp")
_SAMPLE: Final = "0123456789" * 20
"""No credential: a gate says of it that it is none."""
_SHOWN_DPI: Final = 110
_READ_DPI: Final = 203
_POINTS: Final = 72
_PAGES: Final = {"a4": PageSize.A4, "a6": PageSize.BADGE}
_UPPER: Final = {"a4": 0.56, "a6": 1.0}
"""How much of the page is shown, from the top."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the organization."""

    id: str
    digest: str
    width: int
    height: int
    size: int

    @property
    def mark(self) -> PictureMark:
        """By what a design names it."""
        return PictureMark(self.digest, self.width, self.height, self.size)


class EventLook(msgspec.Struct, frozen=True, kw_only=True):
    """An event's picture and its tickets' design, as the server has them.

    Attributes:
        pictures: Those that are used, by id.
        contents: Their bytes, by digest.
        event: The event's name, for the preview.
        organization: Whose.
        timezone: The venue's.
        ticket_type: A type's name.
        starts_at: The first date's.
    """

    picture_id: str | None = None
    logo_id: str | None = None
    has_band: bool = False
    accent: str = ""
    hidden: tuple[str, ...] = ()
    note: str = ""
    page: str = "a4"
    etag: str = ""
    pictures: dict[str, Picture] = {}
    contents: dict[str, bytes] = {}
    event: str = ""
    organization: str = ""
    timezone: str = "UTC"
    ticket_type: str = ""
    starts_at: Instant | None = None

    def fields(self) -> dict[str, Any]:
        """Return it as the server takes it."""
        return {
            "picture_id": self.picture_id,
            "logo_id": self.logo_id,
            "has_band": self.has_band and self.picture_id is not None,
            "accent": self.accent,
            "hidden": [one for one in LINES if one in self.hidden],
            "note": self.note,
            "page": self.page,
        }

    def design(self) -> TicketDesign:
        """Return what the drawing takes; a colour that would be refused is left out."""
        logo = self.pictures.get(self.logo_id or "")
        band = self.pictures.get(self.picture_id or "") if self.has_band else None
        return TicketDesign(
            accent=self.accent if is_legible(self.accent) else "",
            logo=None if logo is None else logo.mark,
            band=None if band is None else band.mark,
            hidden=self.hidden,
            note=self.note,
            page=self.page,
        )


class LookClash(NamedTuple):
    """A choice that met somebody else's: who that was, theirs, and one's own upon theirs."""

    clash: Clash
    theirs: EventLook
    joined: EventLook


class PagePreview(msgspec.Struct, frozen=True):
    """A page as it is printed.

    Attributes:
        width: Of the picture, in dots.
        height: The same.
        dots: Red, green and blue of each dot, row by row.
        is_read: Its code was read back from the dots of a printer.
    """

    width: int
    height: int
    dots: bytes
    is_read: bool


class TicketDesignClient:
    """Reads and sets the look of an event."""

    def __init__(self, api: ServerApi, site: EventSite) -> None:
        self._api, self.site = api, site
        self._pictures = f"/organizations/{site.organization_id}/pictures"

    async def read(self) -> EventLook:
        """Return the look, its pictures, and what a sample ticket says.

        Raises:
            Rejected: if the server refuses.
            ServerFault: if it cannot be reached.
        """
        api, path = self._api, self.site.path
        said, event = await api.get(f"{path}/look"), await api.get(path)
        organization = await api.get(f"/organizations/{self.site.organization_id}")
        types = await api.get(f"{path}/ticket-types")
        dates = await api.get(f"{path}/occurrences")
        pictures, contents = {}, {}
        for picture_id in {said["picture_id"], said["logo_id"]} - {None}:
            found = msgspec.convert(
                await api.get(f"{self._pictures}/{picture_id}"), Picture, strict=False
            )
            pictures[found.id] = found
            contents[found.digest] = await api.get_bytes(f"{self._pictures}/{picture_id}/content")
        starts_at = dates[0]["starts_at"] if dates else None
        return EventLook(
            **{name: said[name] for name in ("picture_id", "logo_id", "has_band", "accent")},
            hidden=tuple(said["hidden"]),
            note=said["note"],
            page=said["page"],
            etag=said["etag"],
            pictures=pictures,
            contents=contents,
            event=event["name"],
            organization=organization["name"],
            timezone=event["timezone"],
            ticket_type=types[0]["name"] if types else "",
            starts_at=None if starts_at is None else parse_instant(starts_at),
        )

    async def bring(self, file: Path) -> tuple[Picture, bytes]:
        """Bring a picture; returns it as the server keeps it.

        Raises:
            BadInput: in words for whoever chose the file, if it cannot be sent.
            Rejected: if the server takes it for none.
            ServerFault: if it cannot be reached.
        """
        content = await asyncio.to_thread(read_picture_file, file)
        body = {"content": base64.b64encode(content).decode()}
        found = msgspec.convert(await self._api.post(self._pictures, body), Picture, strict=False)
        return found, await self._api.get_bytes(f"{self._pictures}/{found.id}/content")

    async def join(
        self, refusal: Refused, upon: EventLook, mine: EventLook
    ) -> EventLook | LookClash:
        """Put what was chosen here upon what somebody else has saved meanwhile.

        It is saved already where only the answer to it was lost on the way.

        Args:
            refusal: Of `save`.
            upon: What one's own choice began with.
            mine: What was chosen.

        Raises:
            Refused: the refusal itself, if it was for another reason.
            ServerFault: if the server cannot be reached.
        """
        theirs = EventLook()

        async def read() -> TaggedFields:
            nonlocal theirs
            theirs = await self.read()
            return TaggedFields(theirs.etag, theirs.fields())

        before = TaggedFields(upon.etag, upon.fields())
        clash = await clash_of(refusal, before, mine.fields(), read)
        if not clash.is_other:
            return theirs
        joined = merge(before.fields, clash.theirs, mine.fields(), {})
        look = msgspec.structs.replace(
            theirs,
            **joined | {"hidden": tuple(joined["hidden"])},
            pictures=mine.pictures | theirs.pictures,
            contents=mine.contents | theirs.contents,
        )
        return LookClash(clash, theirs, look)

    async def save(self, look: EventLook) -> None:
        """Set the look, unless somebody else has changed it meanwhile.

        Raises:
            Refused: then, or if the server takes it for none.
            ServerFault: if it cannot be reached.
        """
        await self._api.put(f"{self.site.path}/look", look.fields(), look.etag)


def read_picture_file(file: Path) -> bytes:
    """Read what somebody chose or let fall.

    Raises:
        BadInput: if it is too large, or cannot be read.
    """
    try:
        if not file.is_file():
            raise BadInput(TEXTS.say("look.no_file"))
        with file.open("rb") as opened:
            content = opened.read(PICTURE_SENT_MAX + 1)
    except OSError:
        raise BadInput(TEXTS.say("look.no_file")) from None
    if len(content) > PICTURE_SENT_MAX:
        raise BadInput(TEXTS.say("look.too_large", size=PICTURE_SENT_MAX // 1_000_000))
    return content


def draw_preview(look: EventLook, language: str) -> PagePreview:
    """Draw the page that tills and server print, and read its code back."""
    import numpy as np
    import pypdfium2 as pdfium
    import zxingcpp

    from gatekeeper.printing.rendering import render

    ticket = TicketPaper(
        digits=_SAMPLE,
        manual_code="0000-0000-0",
        event=look.event or "–",
        ticket_type=look.ticket_type or "–",
        starts_at=look.starts_at,
        time_zone=look.timezone,
        organization=look.organization,
        venue=TEXTS.say("look.sample.venue"),
        seat=TEXTS.say("look.sample.seat"),
        holder=TEXTS.say("look.sample.holder"),
        price_minor=2_500,
        currency="EUR",
        order="1",
        design=look.design(),
    )
    profile = PdfProfile(language=language, size=_PAGES[look.page])
    document = pdfium.PdfDocument(render(ticket, profile, find_picture=look.contents.get))
    try:
        page = document[0]
        shown = page.render(scale=_SHOWN_DPI / _POINTS).to_pil().convert("RGB")
        shown = shown.crop((0, 0, shown.width, int(shown.height * _UPPER[look.page])))
        printed = page.render(scale=_READ_DPI / _POINTS).to_pil().convert("1").convert("L")
    finally:
        document.close()
    # Gates look for QR codes; bars of a picture, or of the code's own squares, confuse none.
    only_qr = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
    found = zxingcpp.read_barcodes(np.asarray(printed), formats=only_qr)
    codes = [one.text for one in found]
    return PagePreview(shown.width, shown.height, shown.tobytes(), codes == [_SAMPLE])
