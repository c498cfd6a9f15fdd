"""Every table of the server, imported in one place for migrations and checks.

Not for services: they import their own domain's models.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Final

from sqlalchemy import MetaData

from server.db.base import metadata

MODULES: Final = (
    "server.db.ledger",
    "server.db.rate_limit",
    "server.organizations.models",
    "server.accounts.models",
    "server.events.models",
    "server.venues.models",
    "server.ticketing.models",
    "server.orders.models",
    "server.devices.models",
    "server.publishing.models",
    "server.sync.models",
    "server.reconciliation.models",
)


def load_metadata() -> MetaData:
    """Return the metadata with every table in it."""
    for name in MODULES:
        package = name.rpartition(".")[0]
        if importlib.util.find_spec(package) and importlib.util.find_spec(name):
            importlib.import_module(name)
    return metadata
