"""The live board: what the server says of an event twice a second, or when asked.

The figures come over a channel that the server keeps fresh. Where that is cut they are asked for
every few seconds, and the channel is tried again; whoever shows them says which it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Final

import msgspec
from websockets.exceptions import WebSocketException

from gatekeeper.limits_and_times import CONNECT_SECONDS
from gatekeeper.organizer.limits_and_times import LIVE_POLL_S, LIVE_SILENT_S
from gatekeeper.organizer.server_api import EventSite, ServerApi
from gatekeeper.sync.listening_websocket import ListeningWebSocket
from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.trouble import TroubleKind
from shared.kernel.undecodable import UNDECODABLE

_FINAL: Final = frozenset((401, 403, 404))
_CLOSE_S: Final = 0.25
_SIZE_MAX: Final = 8 * 1024 * 1024


class LiveZone(msgspec.Struct, frozen=True, kw_only=True):
    """How many are inside a zone.

    Attributes:
        inside: By all entries that have come.
        at_least, at_most: What it may be, since devices that are away have not told all; the
            latter None where nobody can say.
        capacity: The most that may be inside; None for no limit.
        paused_at: Since when entry to all of it is paused; None where it is not.
    """

    zone_id: str
    name: str
    inside: int
    at_least: int
    at_most: int | None
    capacity: int | None
    paused_at: datetime | None = None


class LiveGate(msgspec.Struct, frozen=True, kw_only=True):
    """What passes through a gate.

    Attributes:
        gate_id: "" for those whom the organizer's evacuation has sent out.
        name: "" for entries that name a gate that the event does not have.
        per_minute: Who came, on the mean of the last minutes.
        waiting, waiting_s: Persons in its queue and how long they wait, estimated; None where
            too little is known.
        paused_at: Since when entry there is paused, by itself or with its zone; None if not.
    """

    gate_id: str
    name: str
    came: int
    went: int
    overrides: int
    denied: int
    per_minute: float
    waiting: float | None
    waiting_s: float | None
    paused_at: datetime | None = None


class LiveDevice(msgspec.Struct, frozen=True):
    """A device that is away: what it did is not in the figures."""

    name: str


class LiveArrivals(msgspec.Struct, frozen=True):
    """Who came through a gate into a zone, minute by minute; the last minute is not over."""

    gate_id: str
    zone_id: str
    persons: tuple[int, ...]


class LiveDenials(msgspec.Struct, frozen=True):
    """Scans at a gate that let nobody in."""

    gate_id: str
    verdict: str
    reason: str
    count: int


class LiveSales(msgspec.Struct, frozen=True, kw_only=True):
    """What was sold of a ticket type minute by minute, and what is left of it."""

    name: str
    tickets: tuple[int, ...]
    sold: int
    held: int
    allotted: int
    available: int | None


class LiveTender(msgspec.Struct, frozen=True, kw_only=True):
    """Money by one tender."""

    tender: str
    currency: str
    received_minor: int
    paid_back_minor: int
    net_minor: int


class LiveBoard(msgspec.Struct, frozen=True, kw_only=True):
    """How an event stands.

    Attributes:
        at: When, by the server's clock.
        since: The first of the minutes that are told one by one.
        override_rate: How many of the entries a supervisor allowed against the rules, 0 to 1.
    """

    at: datetime
    head: int
    since: datetime
    minutes: int
    admitted: int
    inside: int
    overrides: int
    override_rate: float
    denied: int
    zones: tuple[LiveZone, ...]
    gates: tuple[LiveGate, ...]
    away: tuple[LiveDevice, ...]
    arrivals: tuple[LiveArrivals, ...]
    denials: tuple[LiveDenials, ...]
    sales: tuple[LiveSales, ...]
    revenue: tuple[LiveTender, ...]


class LiveView(msgspec.Struct, frozen=True):
    """A board, and how it came.

    Attributes:
        is_pushed: The channel brought it; else it was asked for.
    """

    board: LiveBoard
    is_pushed: bool


_DECODE: Final = msgspec.json.Decoder(LiveBoard).decode


async def read_live(api: ServerApi, site: EventSite) -> LiveBoard:
    """Ask once how an event stands."""
    return _DECODE(await api.get_bytes(f"{site.path}/live"))


async def watch(api: ServerApi, site: EventSite) -> AsyncIterator[LiveBoard]:
    """Give each board that the server sends, until the channel is cut.

    Raises:
        ServerFault: when it is, and where there is none.
    """
    terms = api.channel_to(f"{site.path}/live/push")
    try:
        async with ListeningWebSocket(
            terms.address,
            additional_headers=terms.headers,
            ssl=terms.context,
            proxy=None,
            open_timeout=CONNECT_SECONDS,
            close_timeout=_CLOSE_S,
            max_size=_SIZE_MAX,
            max_queue=2,
            **terms.more,
        ) as channel:
            while True:
                async with asyncio.timeout(LIVE_SILENT_S):
                    frame = await channel.recv(decode=False)
                yield _DECODE(frame)
    except (OSError, WebSocketException, TimeoutError, *UNDECODABLE) as fault:
        raise ServerFault("the live channel is cut; the figures are asked for instead") from fault


async def follow(
    api: ServerApi,
    site: EventSite,
    show: Callable[[LiveView], None],
    cannot: Callable[[ServerFault], None],
) -> None:
    """Show each board until cancelled, by the channel where there is one.

    Args:
        api: Somebody signed in.
        site: Which event.
        show: Called with each board.
        cannot: Called when there is neither a channel nor an answer; it goes on all the same.

    Raises:
        Rejected: if the server refuses for good; with status 401 where the person must sign in
            again.
    """
    while True:
        try:
            async for board in watch(api, site):
                show(LiveView(board, is_pushed=True))
        except ServerFault:
            pass  # which the next answer says: it was asked for
        try:
            show(LiveView(await read_live(api, site), is_pushed=False))
        except ServerFault as fault:
            cannot(fault)
        except Rejected as fault:
            if fault.status in _FINAL:
                raise
            # A server that is busy, or whose database is away.
            cannot(ServerFault(str(fault), kind=TroubleKind.SERVER_FAILED))
        except UNDECODABLE:
            said = "the server's figures cannot be read; update this program"
            cannot(ServerFault(said, kind=TroubleKind.UNREADABLE))
        await asyncio.sleep(LIVE_POLL_S)
