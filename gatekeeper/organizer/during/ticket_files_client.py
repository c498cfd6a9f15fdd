"""Files of many tickets, for paper and print shops, as the desk asks the server for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from gatekeeper.organizer.prepare.guest_imports_client import makes_codes
from gatekeeper.organizer.saved_file import writing_whole
from gatekeeper.organizer.server_api import EventSite, ServerApi
from gatekeeper.organizer.unheard_making import UnheardMaking

FORMS: Final = ("page", "cut", "csv", "xlsx", "png", "svg")
"""What is written: PDF with one ticket a page, or eight to be cut apart; tables; pictures."""
_LAYOUTS: Final = ("page", "cut")
_KEPT: Final = ("writing", "ready")


class FilePart(msgspec.Struct, frozen=True):
    """One file of several."""

    name: str
    size: int


class TicketFile(msgspec.Struct, frozen=True, kw_only=True):
    """Tickets that are written, as the server's `TicketFileAnswer` says."""

    id: str
    state: str
    form: str
    layout: str
    total: int
    done: int
    left_out: int
    parts: tuple[FilePart, ...]
    created_at: datetime
    has_names: bool = False
    language: str = ""
    which: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def file_name(self) -> str:
        """What it is called when it is saved."""
        if len(self.parts) == 1:
            return self.parts[0].name
        return "tickets.zip"

    @property
    def size(self) -> int:
        """How many bytes its parts have; several in one file need a few more."""
        return sum(part.size for part in self.parts)


class TicketGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Tickets of an event that may be written without the others: of a type, or made of a list.

    Attributes:
        type_id, import_id: The type, or the list; "" for the other.
        name: The type's.
        at: When the list was brought.
        count: How many tickets the list has made.
    """

    type_id: str = ""
    import_id: str = ""
    name: str = ""
    at: datetime | None = None
    count: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Which it is, however many it has by now."""
        return (self.type_id, self.import_id)


class FilesWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which tickets, as what.

    Attributes:
        form: One of `FORMS`.
        type_id: Of one type; "" for all.
        import_id: Made of one list; "" for all.
        unsent: Only those that were not mailed.
        names: Holders are named.
    """

    form: str
    type_id: str = ""
    import_id: str = ""
    unsent: bool = False
    names: bool = False

    def body(self, language: str) -> dict[str, Any]:
        """Return what the server is asked."""
        is_paper = self.form in _LAYOUTS
        return {
            "form": "pdf" if is_paper else self.form,
            "layout": self.form if is_paper else "page",
            "which": {
                "ticket_type_ids": [self.type_id] if self.type_id else [],
                "import_id": self.import_id or None,
                "unsent": self.unsent,
            },
            "names": self.names,
            "language": language,
        }


class _TakenList(msgspec.Struct, frozen=True):
    id: str
    mapping: dict[str, Any]
    added: int
    again: int
    created_at: datetime


class TicketFilesClient:
    """Has an event's tickets written, and fetches them.

    Args:
        api: Somebody signed in, a manager at least.
        site: The event.
    """

    def __init__(self, api: ServerApi, site: EventSite) -> None:
        self._api, self.site = api, site
        self._path = f"{site.path}/ticket-files"
        self._making = UnheardMaking()

    async def list_groups(self) -> tuple[TicketGroup, ...]:
        """Return the event's ticket types, and which lists have made tickets, the newest first."""
        types = await self._api.get(f"{self.site.path}/ticket-types")
        query = {"state": "done", "sort": "-created_at"}
        page = await self._api.get(f"{self.site.path}/imports", **query)
        lists = msgspec.convert(page["items"], tuple[_TakenList, ...])
        return (
            *(TicketGroup(type_id=one["id"], name=one["name"]) for one in types),
            *(
                TicketGroup(import_id=one.id, at=one.created_at, count=one.added + one.again)
                for one in lists
                if makes_codes(one.mapping) and one.added + one.again
            ),
        )

    async def list_files(self) -> tuple[TicketFile, ...]:
        """List what was asked for, the newest first."""
        page = await self._api.get(self._path, sort="-created_at")
        return msgspec.convert(page["items"], tuple[TicketFile, ...])

    async def ask(self, wanted: FilesWanted, language: str) -> TicketFile:
        """Have tickets written; asked for again because no answer came, it is the same file.

        Raises:
            Refused: if too many wait to be fetched.
        """
        body = wanted.body(language)
        said = {"has_names" if name == "names" else name: value for name, value in body.items()}

        async def make() -> TicketFile:
            return await self._api.make(TicketFile, self._path, body)

        def is_meant(one: TicketFile) -> bool:
            return one.state in _KEPT and said == {name: getattr(one, name) for name in said}

        return await self._making.once(body, self.list_files, is_meant, make)

    async def give_up(self, file: TicketFile) -> None:
        """Stop writing, or delete what was written."""
        await self._api.post(f"{self._path}/{file.id}/cancel")

    async def save(self, file: TicketFile, name: Path, told: Callable[[int], None]) -> None:
        """Save what was written; a file that was there before stays until it is whole.

        Args:
            file: Which.
            name: Where.
            told: Called with how many bytes are saved.

        Raises:
            Refused: if it is gone.
            ServerFault: if the line broke.
            EnvironmentFault: if it cannot be written.
        """
        saved = 0
        async with writing_whole(name) as out:
            async for piece in self._api.stream(f"{self._path}/{file.id}/content"):
                await asyncio.to_thread(out.write, piece)
                saved += len(piece)
                told(saved)
