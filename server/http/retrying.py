"""Doing a request again that lost a race: its answer is then that of whoever was faster.

Whoever looks whether something is there, and adds it if not, may find at the end that another
transaction has added it meanwhile. PostgreSQL tells that as a violated key or a deadlock, after
which only a new transaction can look again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError

from server.database_errors import is_lost_race

TRIES: Final = 4
"""Each lost race has a winner, whose row the next try finds; more than one is lost by chance."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def look_again(
    handler: Callable[Given, Awaitable[Answer]],
) -> Callable[Given, Awaitable[Answer]]:
    """Let a route whose transactions leave nothing behind when they fail be tried again."""

    @wraps(handler)
    async def handle(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        for _ in range(TRIES - 1):
            try:
                return await handler(*args, **kwargs)
            except DBAPIError as error:
                if not is_lost_race(error):
                    raise
        return await handler(*args, **kwargs)

    return handle
