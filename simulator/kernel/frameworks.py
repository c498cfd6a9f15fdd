"""Keeps the server's framework from one start to the next: building it takes 0.25 s.

It reads every route's signature, and nothing of a world is in it: what an application serves,
`create_app` puts into its state anew.
"""

from __future__ import annotations

from typing import Final

from litestar import Litestar
from litestar.events import BaseEventEmitterBackend

from server.app import create_framework
from server.settings import Settings

_DEAD: Final[list[BaseEventEmitterBackend]] = []
"""What a framework holds of programs that are dead: nobody closes it, as nobody did then."""
_KEPT: Final[dict[tuple[str, frozenset[str]], list[Litestar]]] = {}


def framework_of(settings: Settings, worker: int) -> Litestar:
    """Return the framework of one worker of a world's servers.

    Whoever had it before is dead, and runs no further step.

    Args:
        settings: The server's.
        worker: Its number, from 0 on: each worker of any server has its own, as they run at once.
    """
    kept = _KEPT.setdefault((settings.public_url, frozenset(settings.allowed_origins)), [])
    while len(kept) <= worker:
        kept.append(create_framework(settings))
    framework = kept[worker]
    emitter = framework.event_emitter
    _DEAD.append(emitter)
    framework.event_emitter = type(emitter)(listeners=[])
    return framework
