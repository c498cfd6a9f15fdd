"""The push channel: a device's socket, on which it hears that there is something to fetch."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import msgspec
from litestar import WebSocket, get, websocket
from litestar.exceptions import WebSocketDisconnect

from server.devices.device_of_request import DeviceIdentity
from server.devices.proofs import asking_device
from server.exchange.worker_parts import WorkerParts
from server.feed.push_hub import PushListener
from server.http.logs import log
from server.http.one_way_websockets import refusal_without_upgrade, speak_until_gone
from server.problem_answers import Problem, not_found, wrong_field
from shared.kernel.id_types import EventId

POLICY_VIOLATION: Final = 1008
_JSON: Final = msgspec.json.Encoder().encode


@websocket("/push")
async def push(socket: WebSocket[Any, Any, Any]) -> None:
    """Say whenever there is something to fetch: `{"event_id", "epoch", "head"}`.

    With `?pages=1`, the feed's next page itself is sent instead wherever it follows.
    """
    parts: WorkerParts = socket.app.state["parts"]
    await socket.accept()
    try:
        device = asking_device(socket.scope)
        event_id = await _event_of(parts, socket, device)
    except Problem as problem:
        await socket.close(POLICY_VIOLATION, problem.slug)
        return
    takes_pages = socket.query_params.get("pages") == "1"
    with parts.hub.listener(
        EventId(event_id), device.organization_id, device.id, takes_pages=takes_pages
    ) as listener:
        await speak_until_gone(socket, _tell_news(socket, listener))
    if listener.is_ended:
        with suppress(WebSocketDisconnect, RuntimeError, OSError):
            await socket.close(POLICY_VIOLATION, listener.why)


@get("/push", sync_to_thread=False, include_in_schema=False)
def push_without_upgrade() -> None:
    """Tell whoever has set up a proxy that it lets no WebSocket through."""
    raise refusal_without_upgrade()


async def _event_of(
    parts: WorkerParts, socket: WebSocket[Any, Any, Any], device: DeviceIdentity
) -> str:
    """Tell to which event a device listens: the one that it names, else its own."""
    if device.is_revoked:
        raise Problem("device-revoked", "This device has been revoked.")
    event_id = socket.query_params.get("event_id") or device.event_id
    if event_id is None:
        raise wrong_field("event_id", "is missing")
    if "\0" in event_id:
        raise not_found("event")  # PostgreSQL cannot be asked for it
    await parts.known_devices.admitted(device, event_id)
    return event_id


async def _tell_news(socket: WebSocket[Any, Any, Any], listener: PushListener) -> None:
    """Send whatever is new: a page as it is, a head as JSON."""
    try:
        while True:
            news = await listener.listen()
            if news is None:
                return
            if isinstance(news, bytes):
                await socket.send_bytes(news)
            else:
                await socket.send_text(_JSON(news).decode())
    except (WebSocketDisconnect, RuntimeError, OSError):
        log().debug("push.gone")
