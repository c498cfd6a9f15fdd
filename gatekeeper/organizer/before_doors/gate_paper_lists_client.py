"""The list on paper of a gate, as the server makes it: asked for, fetched page by page, saved."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from gatekeeper.organizer.saved_file import writing_whole
from gatekeeper.organizer.server_api import EventSite, ServerApi

_COUNT: Final = re.compile(rb"\n%lines (\d+)\n")
_COUNT_SIZE: Final = 32
"""Longer than any such comment: one that is cut by the end of a piece is found with the next."""

Told = Callable[[int, int], None]
"""Lines that are done, and lines in all."""


class ListFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate's list comes to; the server's `ListAnswer` says what each number means."""

    plan: int
    tickets: int
    by_name: int
    by_code: int
    nowhere: int
    homeless: int
    doubles_possible: bool
    unreadable: int = 0
    """Older servers do not say."""

    @property
    def lines(self) -> int:
        """How many lines it has in both of its parts."""
        return self.by_name + self.by_code


class Stopped(Exception):
    """Somebody does not want the list any more; nothing of it was kept."""


async def save_list(
    api: ServerApi, site: EventSite, gate_id: str, language: str, file: Path, told: Told
) -> ListFacts:
    """Fetch a gate's list and save it; a file that was there before stays until it is whole.

    Args:
        api: The server.
        site: The event.
        gate_id: The gate.
        language: Of the list's own words.
        file: Where it is saved.
        told: Called as pages come, from the desk's thread; raises `Stopped` to end it.

    Returns:
        What is on the list.

    Raises:
        Rejected: if the server has no list for this gate.
        ServerFault: if the line broke.
        EnvironmentFault: if the file cannot be written.
        Stopped: if `told` did.
    """
    path = f"{site.path}/gates/{gate_id}/fallback-list"
    facts = await api.read(ListFacts, path)
    told(0, facts.lines)
    async with writing_whole(file) as out:
        tail = b""
        async for piece in api.stream(f"{path}.pdf", language=language):
            await asyncio.to_thread(out.write, piece)
            tail = tail[-_COUNT_SIZE:] + piece
            if counts := _COUNT.findall(tail):
                told(min(int(counts[-1]), facts.lines), facts.lines)
    return facts
