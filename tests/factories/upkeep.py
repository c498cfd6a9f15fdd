"""Lets the first server over a template's copy do what it is asked, and no upkeep.

Each server first goes through what an earlier one may have left: a third of what it costs to start
one. Over a fresh copy none has left anything. Later rounds come by the machine's time: on a busy
machine one fell into a test, and noted who had been heard of at what the test's own clock said by
then. So did looks for alarms and for what is told to webhooks, a tenth of what a long test takes:
tests of these do that work themselves. Whichever server comes next to that database, beside the
first or after it, keeps up from its start on; in the whole each does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from server.alarms import routes as alarm_routes
from server.exchange import routes
from server.exchange.worker_parts import WorkerParts
from server.ledger import checkin_webhooks
from server.webhooks import routes as webhook_routes
from tests.factories.strength import Strength

_NEVER_S: Final = 1e9
_LOOKS: Final = (
    (alarm_routes, "ALARM_POLL_S"),
    (webhook_routes, "WEBHOOK_POLL_S"),
    (checkin_webhooks, "CHECKINS_POLL_S"),
)

_untouched: set[str] = set()


def note_copy(url: str) -> None:
    """Say that a database has just been copied from a template, or put back as one."""
    _untouched.add(url)


@contextmanager
def upkeep_rests_over_copy(url: str) -> Iterator[None]:
    """Let a server that starts in this block keep nothing up, if it is the first."""
    is_first = url in _untouched
    _untouched.discard(url)
    if Strength.is_whole or not is_first:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "keep_up", _rest)
        for module, pause in _LOOKS:
            patch.setattr(module, pause, _NEVER_S)
        yield


async def _rest(_parts: WorkerParts) -> None:
    await asyncio.Event().wait()
