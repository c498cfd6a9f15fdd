"""`/api/v1/…/events/{event_id}/live`: how an event stands this second, once or as it changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any, Final

from litestar import Litestar, WebSocket, get, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath, QueryParameter

from server.accounts.guards import bearer_token, requires
from server.accounts.principal import Role
from server.accounts.tokens import TokenSigner
from server.background.repeating import repeating
from server.db.hot_path_connections import Driver
from server.db.unit import Units
from server.http.asgi import note_caller
from server.http.logs import log
from server.http.one_way_websockets import refusal_without_upgrade, speak_until_gone
from server.http.parameters import AnyRequest
from server.live.board_reading import LIVE_MINUTES_DEFAULT, read_live
from server.live.board_refreshing import LiveHub, Watcher
from server.problem_answers import Problem, not_found
from server.settings import Settings
from server.tallies.rows import TOGETHER_S, bring_together
from shared.kernel.id_types import EventId, OrganizationId
from shared.wire.live_board import LiveBoard

LIVE_MINUTES_MAX: Final = 240
"""The most that may be asked for."""
LIVE_TAKES_S: Final = 10.0
"""Seconds that a reader may take for one board."""

LIVE: Final = "/organizations/{organization_id:str}/events/{event_id:str}/live"
READ: Final = requires(Role.READER, "reports:read")
POLICY_VIOLATION: Final = 1008


@get(LIVE, tags=["reports"], guards=[READ])
async def get_live(
    request: AnyRequest,
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    minutes: Annotated[
        int,
        QueryParameter(
            ge=1, le=LIVE_MINUTES_MAX, description="how many are told one by one, up to now"
        ),
    ] = LIVE_MINUTES_DEFAULT,
) -> LiveBoard:
    """Say how an event stands: who is inside, what comes and goes, what was sold."""
    driver: Driver = request.app.state["driver"]
    return await read_live(units.context, driver, units.organization_id, event_id, minutes)


@websocket(LIVE + "/push")
async def push_live(socket: WebSocket[Any, Any, Any]) -> None:
    """Send what `get_live` answers, twice a second, for as long as its reader may see it."""
    hub: LiveHub = socket.app.state["live"]
    organization_id = OrganizationId(socket.path_params["organization_id"])
    event_id = EventId(socket.path_params["event_id"])
    await socket.accept()
    why = ""
    try:
        if "\0" in organization_id + event_id:
            raise not_found("event")  # PostgreSQL cannot be asked for it
        token = bearer_token(socket)
        principal = await hub.admit(token, organization_id)
        note_caller(socket.scope, principal.actor)
        with hub.watching(principal, token, organization_id, event_id) as watcher:
            await speak_until_gone(socket, _show(socket, watcher))
            why = watcher.why
    except Problem as problem:
        why = problem.slug
    if why:
        with suppress(WebSocketDisconnect, RuntimeError, OSError):
            await socket.close(POLICY_VIOLATION, why)


@get(LIVE + "/push", sync_to_thread=False, include_in_schema=False, guards=[READ])
def live_without_upgrade() -> None:
    """Tell whoever has set up a proxy that it lets no WebSocket through."""
    raise refusal_without_upgrade()


async def _show(socket: WebSocket[Any, Any, Any], watcher: Watcher) -> None:
    """Send each board while it is the newest; who takes none for a while is let go."""
    try:
        while (board := await watcher.look()) is not None:
            async with asyncio.timeout(LIVE_TAKES_S):
                await socket.send_text(board.decode())
    except TimeoutError:
        watcher.end("too-slow")
    except (WebSocketDisconnect, RuntimeError, OSError):
        log().debug("live.gone")


@asynccontextmanager
async def keep_board(app: Litestar) -> AsyncIterator[None]:
    """Serve people who watch, while the application runs."""
    settings: Settings = app.state["settings"]
    signer = TokenSigner(settings.access_token_secret)
    hub = LiveHub(app.state["context"], app.state["driver"], signer, READ)
    app.state["live"] = hub
    try:
        yield
    finally:
        await hub.close()


@asynccontextmanager
async def keep_tallies(app: Litestar) -> AsyncIterator[None]:
    """Bring the counts together while the application runs; on SQLite they always are."""
    settings: Settings = app.state["settings"]
    if settings.sqlite_file is not None:
        yield
        return
    driver: Driver = app.state["driver"]

    async def work() -> None:
        await bring_together(driver)

    async with repeating("tallies", TOGETHER_S, work):
        yield


lifespans = [keep_tallies, keep_board]
