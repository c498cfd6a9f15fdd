"""A ticket type as the list of somebody's guests: what the server asks of one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

GUEST_LIST: Final = "selling.guest_list"
STAFF: Final = "staff"


def find_list_flaws(flat: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what keeps a type from being a guest list: fields by their paths, and why.

    Args:
        flat: The type's fields, as `merging_edits.flatten` has them; none are wrong of one that is
            sold.
    """
    if flat.get(GUEST_LIST) is None:
        return ()
    found = [(path, "free") for path in ("price_minor", "selling.fee_minor") if flat.get(path)]
    if flat.get("selling.tiers"):
        found.append(("selling.tiers", "tiers"))
    if flat.get("quantity_limit") is None:
        found.append(("quantity_limit", "limit"))
    if flat.get("selling.visibility") != STAFF:
        found.append(("selling.visibility", "visibility"))
    return tuple(found)
