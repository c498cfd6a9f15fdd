"""Lists of another box office's tickets, which the organizer brings to an event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

from shared.kernel.id_types import TicketId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import SECOND, Duration
from simulator.further_events.second_event.owner import Owner

TURNS: Final = 90
"""Looks at whether something that the server does by itself is done."""
HEAD: Final = 2
"""The number of the first line under a list's head."""


Pause: TypeAlias = Callable[[Duration], Awaitable[None]]
"""Waits, unless doors are closed."""


async def bring_list(
    owner: Owner, path: str, kind: str, codes: Sequence[str], pause: Pause, column: str = "code"
) -> tuple[str, list[tuple[str, TicketId]]]:
    """Bring tickets of a type, named by it; returns where the list is, and each code's ticket.

    Args:
        owner: Who brings them.
        path: Of the event.
        kind: What the type is called.
        codes: As read.
        pause: Waits while the server looks at them.
        column: What they are: `code`, or `uid` of tags.
    """
    lines = [f"{code},{kind},Guest {number}\n" for number, code in enumerate(codes)]
    content = (f"{column},type,name\n" + "".join(lines)).encode()
    brought = await owner.must("POST", f"{path}/imports", content)
    path = f"{path}/imports/{brought['id']}"
    await owner.must("POST", f"{path}/check", brought["mapping"])
    await becomes(owner, path, "checked", pause)
    await owner.must("POST", f"{path}/start", {"leave_out_wrong": False})
    await becomes(owner, path, "done", pause)
    found = (await owner.must("GET", f"{path}/lines?limit={len(codes)}"))["items"]
    return path, [(codes[one["line"] - HEAD], _ticket(one)) for one in found]


async def becomes(owner: Owner, path: str, state: str, pause: Pause) -> None:
    """Wait until a list is so."""
    found = ""
    for _ in range(TURNS):
        found = (await owner.must("GET", path))["state"]
        if found == state:
            return
        await pause(Duration(10 * SECOND))
    message = f"a list has not become {state}, but is {found}"
    raise AssertionError(message)


def _ticket(line: Any) -> TicketId:
    return parse_ticket_id(str(line["ticket_id"]))
