"""Lists of guests and tickets on their way into an event, as the server does them for the desk."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.organizer.server_api import EventSite, ServerApi
from shared.wire.work_reasons import WorkReason

WRONG_LINES_SHOWN: Final = 200
"""Wrong lines of a list that are shown; the report names all."""

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIELDS: Final = ("code", "uid", "type", "name", "surname", "email")
BUSY: Final = frozenset({"checking", "placing", "telling", "cancelling", "undoing"})
USED: Final = "import.used"
"""Why a list is not undone: on some of its tickets somebody has come in."""
_GUESSED: Final = "cp1252"
_UNDO_UNUSED: Final = "undo?keep_used=true"
_ZIP: Final = b"PK\x03\x04"


class ListTypeCount(msgspec.Struct, frozen=True, kw_only=True):
    """What a list's lines of one ticket type come to, counted as those of the whole list.

    Attributes:
        ticket_type_id: The type; None for wrong lines that say none of the event's.
        kept: Tickets that stay though the list was undone.
    """

    ticket_type_id: str | None
    added: int
    again: int
    known: int
    wrong: int
    kept: int = 0


class ListImport(msgspec.Struct, frozen=True, kw_only=True):
    """A list, and how far it is.

    Attributes:
        state: As the server's `TicketImportAnswer` says.
        encoding: How a CSV was read; "" for XLSX, and of older servers.
        mapping: Which column holds what, and `ticket_type_id` for all lines.
        hidden: Lines that the spreadsheet hides, which are in the list all the same.
        alike: Lines that say what one before them says; each becomes a ticket of its own.
        position, size: Up to which line of how many; a size of 0 is not known yet.
        said: Why it failed, or what stands in its way, in the server's words.
        because: The same by code; empty where it has none, and of older servers.
        names_at_gates: `off` where gates are told no names; else with the next handing over.
    """

    id: str
    state: str
    columns: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    mapping: dict[str, Any]
    position: int
    size: int
    lines: int
    added: int
    again: int
    known: int
    wrong: int
    named: int
    said: str
    types: tuple[ListTypeCount, ...] = ()
    because: tuple[WorkReason, ...] = ()
    hidden: int = 0
    alike: int = 0
    names_at_gates: str = "next_handover"
    encoding: str = ""

    @property
    def has_guessed_letters(self) -> bool:
        """Whether its letters beyond English ones may be others than its writer's."""
        return self.encoding == _GUESSED


class WrongLine(msgspec.Struct, frozen=True):
    """A line that cannot be taken.

    Attributes:
        line: Its number in the file.
        field: Which of `FIELDS`, or `columns`.
        message: Why, in the server's words.
    """

    line: int
    field: str
    message: str


def is_mapped(mapping: dict[str, Any]) -> bool:
    """Whether it is known where a list's codes and types stand."""
    return has_codes(mapping) and bool(mapping["type"] or mapping["ticket_type_id"])


def has_codes(mapping: dict[str, Any]) -> bool:
    """Whether it is known where a list's codes stand, or that they are made for its lines."""
    return bool(mapping["code"] or mapping["uid"] or makes_codes(mapping))


def makes_codes(mapping: dict[str, Any]) -> bool:
    """Whether a list's lines become tickets with codes of ours; older servers make none."""
    return bool(mapping.get("makes_codes"))


async def bring_list(api: ServerApi, site: EventSite, body: bytes) -> ListImport:
    """Bring a file, CSV or XLSX; nothing is taken of it yet.

    Raises:
        Refused: for what is no list.
    """
    media_type = XLSX if body[:4] == _ZIP else "text/csv"
    made = await api.post_bytes(f"{site.path}/imports", body, media_type)
    return msgspec.convert(made, ListImport)


async def check_list(
    api: ServerApi, site: EventSite, import_id: str, mapping: dict[str, Any]
) -> ListImport:
    """Have each line looked at."""
    path = f"{site.path}/imports/{import_id}/check"
    return await api.make(ListImport, path, mapping)


async def start_list(
    api: ServerApi, site: EventSite, import_id: str, *, leaves_out_wrong: bool
) -> ListImport:
    """Have a checked list taken."""
    path = f"{site.path}/imports/{import_id}/start"
    fields = {"leave_out_wrong": leaves_out_wrong}
    return await api.make(ListImport, path, fields)


async def end_list(api: ServerApi, site: EventSite, import_id: str, act: str) -> ListImport:
    """Give a list up (`cancel`), or take back what it has brought (`undo`, `undo_unused`)."""
    act = _UNDO_UNUSED if act == "undo_unused" else act
    path = f"{site.path}/imports/{import_id}/{act}"
    return await api.make(ListImport, path)


async def read_list(api: ServerApi, site: EventSite, import_id: str) -> ListImport:
    """Say how far a list is."""
    return await api.read(ListImport, f"{site.path}/imports/{import_id}")


async def find_latest(api: ServerApi, site: EventSite) -> ListImport | None:
    """Return the event's newest list; None if there was none."""
    found = await api.list_all(f"{site.path}/imports")
    newest = max(found, key=lambda one: str(one["created_at"]), default=None)
    return None if newest is None else msgspec.convert(newest, ListImport)


async def read_wrong(api: ServerApi, site: EventSite, import_id: str) -> tuple[WrongLine, ...]:
    """Return the first wrong lines."""
    path = f"{site.path}/imports/{import_id}/lines"
    page = await api.get(path, outcome="wrong", limit=WRONG_LINES_SHOWN)
    return msgspec.convert(page["items"], tuple[WrongLine, ...])


async def read_report(api: ServerApi, site: EventSite, import_id: str) -> bytes:
    """Return what became of each line, as CSV."""
    return await api.get_bytes(f"{site.path}/imports/{import_id}/report.csv")


async def list_types(api: ServerApi, site: EventSite) -> dict[str, str]:
    """Return the names of the event's ticket types by id."""
    found = await api.get(f"{site.path}/ticket-types")
    return {one["id"]: str(one["name"]) for one in found}
