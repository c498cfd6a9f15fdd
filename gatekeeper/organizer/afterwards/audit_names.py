"""What the audit's ids stand for: names of what has one, numbers of orders, codes of tickets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gatekeeper.organizer.server_api import Refused, ServerApi

_LISTS: Final[Mapping[str, str]] = {
    "occurrence_id": "/events/{event_id}/occurrences",
    "zone_id": "/events/{event_id}/plan",
    "gate_id": "/events/{event_id}/plan",
    "ticket_type_id": "/events/{event_id}/ticket-types",
    "promotion_id": "/events/{event_id}/promotions",
    "device_id": "/devices",
    "venue_id": "/venues",
    "supervisor_id": "/supervisors",
    "cashier_id": "/cashiers",
    "webhook_id": "/webhooks",
    "schedule_id": "/report-schedules",
}
"""Where names are listed, by the part of a route that holds the id."""
_ALONE: Final[Mapping[str, tuple[str, str]]] = {
    "order_id": ("/events/{event_id}/orders/", "number"),
    "ticket_id": ("/events/{event_id}/tickets/", "manual_code"),
}
"""Of which there are too many to be listed: where one is, and what people know it by."""
_AT_ONCE: Final = 8


class AuditNames:
    """Reads names, and keeps what it has read.

    Args:
        api: Somebody signed in.
        root: The organization's path.
    """

    def __init__(self, api: ServerApi, root: str) -> None:
        self._api, self._root = api, root
        self._known: dict[str, str] = {}

    async def read(
        self, targets: Iterable[Mapping[str, str]], *, has_single: bool = True
    ) -> Mapping[str, str]:
        """Return what ids stand for; what is gone, or is nobody's to read, has no name.

        Args:
            targets: Of each line the parts of its route by name.
            has_single: Whether orders and tickets are asked for as well, one by one.
        """
        lists, single = set[str](), dict[str, tuple[str, str]]()
        for parts in targets:
            for part, one in parts.items():
                if one in self._known:
                    continue
                with contextlib.suppress(KeyError):  # of an event that is not in the line
                    if part in _LISTS:
                        lists.add(_LISTS[part].format_map(parts))
                    elif part in _ALONE and has_single:
                        path, field = _ALONE[part]
                        single[one] = (path.format_map(parts) + one, field)
        for path in sorted(lists):
            self._known |= await self._list(path)
        room = asyncio.Semaphore(_AT_ONCE)

        async def look(one: str, path: str, field: str) -> None:
            async with room:
                said = await self._one(path, field)
            if said:
                self._known[one] = said

        await asyncio.gather(*(look(one, *where) for one, where in single.items()))
        return self._known

    async def _list(self, path: str) -> dict[str, str]:
        try:
            page: Any = await self._api.get(self._root + path)
            if "zones" in page:
                page = [*page["zones"], *page["gates"]]
            elif not isinstance(page, list):
                page = await self._api.list_all(self._root + path)
        except Refused:
            return {}
        return {one["id"]: one["name"] for one in page if one.get("name")}

    async def _one(self, path: str, field: str) -> str:
        try:
            found: Any = await self._api.get(self._root + path)
        except Refused:
            return ""
        value = found.get(field) or found.get("order", {}).get(field)
        return "" if value is None else str(value)
