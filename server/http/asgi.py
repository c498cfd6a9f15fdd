"""The names of ASGI, and how a layer answers by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, TypeAlias

from server.problem_answers import Problem, encode_problem, problem_headers

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]

REQUEST_ID: str = "gatekeeper.request_id"
"""Where the request's id stands in the scope."""

CLIENT: str = "gatekeeper.client"
"""Where the client's address stands in the scope, proxies looked through."""

LOG_FIELDS: str = "gatekeeper.log"
"""Where inner layers leave fields for the request's log line."""


CALLER: str = "gatekeeper.caller"
"""Where the connection is told, by a call, whose it is; absent where no socket is."""


class App(Protocol):
    """An ASGI application."""

    async def __call__(self, scope: Any, receive: Any, send: Any, /) -> None:
        """Handle one connection."""


def header(scope: Scope, name: bytes) -> str:
    """Return a request header's first value, or ''."""
    for key, value in scope.get("headers", ()):
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def header_list(scope: Scope, name: bytes) -> str:
    """Return a header's values as one list: many lines of it mean what one joined line does."""
    found = [value.decode("latin-1") for key, value in scope.get("headers", ()) if key == name]
    return ",".join(found)


def one_path(path: str) -> str:
    """Return the one spelling of a path under which it is routed, limited and logged. Pure.

    The router takes `//api//v1/` for `/api/v1`; a layer that does not would let it pass.
    """
    if "//" not in path and (path == "/" or not path.endswith("/")):
        return path
    return "/" + "/".join(part for part in path.split("/") if part)


def note_caller(scope: Any, caller: str) -> None:
    """Tell the connection whose it is, once a request on it was found to be somebody's.

    It is then no stranger's any more: see `server/serving/connection_limits_and_deadlines.py`.
    """
    know = scope.get(CALLER)
    if know is not None:
        know(caller)


async def answer_problem(scope: Scope, send: Send, problem: Problem) -> None:
    """Answer with a problem document, from outside the framework.

    To whoever asks for a WebSocket it is the answer in place of one.
    """
    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    scope.get(LOG_FIELDS, {})["problem"] = problem.slug
    body = encode_problem(problem, scope.get(REQUEST_ID, ""))
    headers = problem_headers(problem) | {"content-length": str(len(body))}
    await send(
        {
            "type": f"{kind}.start",
            "status": problem.status,
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
        }
    )
    await send({"type": f"{kind}.body", "body": body})
