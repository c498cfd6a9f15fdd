"""A request's id, and its one log line."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from server.http.answering_exceptions import problem_of_layer
from server.http.asgi import (
    CLIENT,
    LOG_FIELDS,
    REQUEST_ID,
    App,
    Message,
    Receive,
    Scope,
    Send,
    answer_problem,
    header,
)
from server.http.client_address import client_address, peer_address
from shared.kernel.instant import Duration
from shared.kernel.ports import Clock, Entropy

_ID_SIZE: Final = 12
_ID_GIVEN_MAX: Final = 64

ID: Final = re.compile("[a-z]{2}_[0-9a-z]{12}")
_LOGGED_IDS: Final = ("event_id", "order_id", "device_id")

QUIET: Final = frozenset({"/sync/v1/claims", "/health/live", "/health/ready", "/metrics"})
"""Routes whose plain answers are no lines: the ledger itself records each claim, thousands a
second, and that all is well is no news to whoever probes each second, this program's start too."""

_STARTS: Final = frozenset({"http.response.start", "websocket.http.response.start"})
_OPENINGS: Final = frozenset({"websocket.accept", "websocket.close"})

Log = Callable[..., None]


class RequestLog:
    """Gives each request an id, logs it once, and catches what nobody else caught."""

    def __init__(
        self,
        app: App,
        *,
        clock: Clock,
        entropy: Entropy,
        log: Log,
        log_failure: Log,
        trusted_proxies: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._clock = clock
        self._entropy = entropy
        self._log = log
        self._log_failure = log_failure
        self._trusted = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request from first byte to log line."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = self._request_id(scope)
        scope[REQUEST_ID] = request_id
        scope[CLIENT] = client_address(scope, self._trusted)
        fields: dict[str, Any] = {}
        scope[LOG_FIELDS] = fields
        status, has_hung_up, is_open = 0, False, False
        began = self._clock.monotonic()

        async def noting(message: Message) -> None:
            nonlocal status, has_hung_up, is_open
            is_open = is_open or message["type"] in _OPENINGS
            if message["type"] in _STARTS:
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id.encode()),
                ]
            try:
                await send(message)
            except OSError:
                has_hung_up = True
                raise

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # noqa: BLE001 - a composition root: nothing may reach the server
            if has_hung_up:
                return  # whoever asks and leaves: the line below says all that there is to say
            self._log_failure("request.failed", request_id=request_id)
            if status == 0 and not is_open:
                with suppress(OSError):
                    await answer_problem(scope, noting, problem_of_layer(error))
        finally:
            self._note(scope, fields, status, began)

    def _note(self, scope: Scope, fields: dict[str, Any], status: int, began: Duration) -> None:
        path = scope.get("path_template") or "unmatched"
        if status == 200 and path in QUIET:
            return
        self._log(
            "request",
            request_id=scope[REQUEST_ID],
            method=scope.get("method", "WEBSOCKET"),
            # The template, and ids of the path by name: a path may hold anything.
            path=path,
            status=status,
            duration_ms=(self._clock.monotonic() - began) / 1000,
            client=scope[CLIENT],
            **_logged_ids(scope),
            **fields,
        )

    def _request_id(self, scope: Scope) -> str:
        """Take a proxy's id if it is trusted and harmless, else make one."""
        if peer_address(scope) in self._trusted:
            given = header(scope, b"x-request-id")
            if given.isascii() and given.isalnum() and len(given) <= _ID_GIVEN_MAX:
                return given
        return self._entropy.random_bytes(_ID_SIZE).hex()


def _logged_ids(scope: Scope) -> dict[str, str]:
    found = scope.get("path_params") or {}
    return {
        name: found[name]
        for name in _LOGGED_IDS
        if name in found and ID.fullmatch(str(found[name]))
    }
