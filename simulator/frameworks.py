"""Keeps the server's framework from one start to the next: building it takes a quarter of a second.

It reads every route's signature, and nothing of a world is in it: what an application serves,
`create_app` puts into its state anew.
"""

from __future__ import annotations

from typing import Final

from litestar import Litestar

from server.app import create_framework
from server.settings import Settings

_KEPT: Final[dict[tuple[str, frozenset[str]], list[Litestar]]] = {}


def framework_of(settings: Settings, worker: int) -> Litestar:
    """Return the framework of one worker of a world's only server.

    Whoever had it before is dead, and runs no further step.

    Args:
        settings: The server's.
        worker: Its number, from 0 on: workers run at once, so each has its own.
    """
    kept = _KEPT.setdefault((settings.public_url, frozenset(settings.allowed_origins)), [])
    while len(kept) <= worker:
        kept.append(create_framework(settings))
    return kept[worker]
