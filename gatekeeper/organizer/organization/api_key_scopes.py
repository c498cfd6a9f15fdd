"""What the desk offers that an API key may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    "events": ("read", "write"),
    "ticket_types": ("read", "write"),
    "venues": ("read", "write"),
    "orders": ("read", "write"),
    "tickets": ("read", "write"),
    "reports": ("read", "write"),
    "conflicts": ("read", "write"),
    "journal": ("read",),
    "devices": ("read", "write"),
    "manifests": ("read", "write"),
    "webhooks": ("read", "write"),
    "members": ("read",),
    "organization": ("read", "write"),
}
"""What a key can be given, as the server names it; what opens nothing there is not offered."""
