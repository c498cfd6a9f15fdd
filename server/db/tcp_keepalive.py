"""How soon PostgreSQL and whoever asks it notice that the other's host is gone.

A host that loses its power or its network says no more, and TCP by itself waits two hours and
eleven minutes for it (`tcp(7)`, tcp_keepalive_time). So long what the lost host held stays locked:
nobody may put a copy back, nor migrate. And a worker would serve on by a connection of which the
database knows nothing any more.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncpg

IDLE_S: Final = 15
"""After so long without a word the other side is asked whether it is there."""
ASK_EVERY_S: Final = 5
ASKED: Final = 3
UNHEARD_S: Final = 30
"""What was sent and is not confirmed for so long ends the connection as well."""
CONNECT_S: Final = 5
"""A connection that is not there after so long is tried anew: the system itself asks a network
that was cut ever more seldom, and would find it half a minute after it is back."""

NOTICED_BY_POSTGRES: Final = {
    "tcp_keepalives_idle": str(IDLE_S),
    "tcp_keepalives_interval": str(ASK_EVERY_S),
    "tcp_keepalives_count": str(ASKED),
    "tcp_user_timeout": str(UNHEARD_S * 1000),
}
"""Settings of a session, for the database's end. On a machine's own socket they mean nothing."""

_HERE: Final = (
    ("TCP_KEEPIDLE", IDLE_S),
    ("TCP_KEEPINTVL", ASK_EVERY_S),
    ("TCP_KEEPCNT", ASKED),
    ("TCP_USER_TIMEOUT", UNHEARD_S * 1000),
)


def notice_lost_postgres(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Have this end of a connection notice that the database's host is gone."""
    transport: Any = connection._transport  # type: ignore[attr-defined]  # noqa: SLF001 - no other way
    opened = transport.get_extra_info("socket")
    if opened is None or opened.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _HERE:
        with contextlib.suppress(AttributeError, OSError):  # not every system has each
            opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
