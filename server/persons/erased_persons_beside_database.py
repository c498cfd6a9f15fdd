"""The list of erasures beside the database: what an older copy of it would have forgotten.

It holds ids, instants and keyed hashes, and may lie wherever backups lie. Whoever puts an older
copy back puts it under this list: who was erased since is erased again before anybody is served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from server.lists_beside_database import KeptList

if TYPE_CHECKING:  # the copying process of a server reads lists without its tables
    from server.erasures.models import Erasure


class KeptErasure(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure as the list keeps it; see `server.erasures.models`."""

    id: str
    organization_id: str
    at: int
    scope: str
    asked_by: str = ""
    event_id: str | None = None
    words: list[str] = []
    records: list[list[str]] = []


ERASURES: Final = KeptList(
    "erasures.json",
    KeptErasure,
    name_of=lambda one: one.id,
    order_of=lambda one: (one.at, one.id),
    if_damaged="who was erased. Put it back from beside a newer copy; without one, remove it",
)


def listed(row: Erasure) -> KeptErasure:
    """Return a row as the list keeps it."""
    return KeptErasure(**{name: getattr(row, name) for name in KeptErasure.__struct_fields__})
