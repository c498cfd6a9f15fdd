"""Makes each request that may change something known to the audit (`server/db/audit_line.py`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from server.db.audit_line import PRESENT, ChangingRequest
from server.http.asgi import LOG_FIELDS, REQUEST_ID, App, Receive, Scope, Send
from server.http.request_log import ID
from shared.kernel import ids
from shared.kernel.ports import Clock, Entropy

AUDITED_PREFIXES: Final = ("/api/", "/sync/v1/enrol")
_TICKET_OR_CODE: Final = re.compile("[0-9a-f]{16}|[0-9a-f]{64}")
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class Changes:
    """Sets the request that the present task works for."""

    def __init__(self, app: App, *, clock: Clock, entropy: Entropy) -> None:
        self._app = app
        self._clock = clock
        self._entropy = entropy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, known to the audit if it may change something."""
        if (
            scope["type"] != "http"
            or scope["method"] in _READING
            or not scope["path"].startswith(AUDITED_PREFIXES)
        ):
            await self._app(scope, receive, send)
            return
        token = PRESENT.set(ChangingRequest(lambda: self._line(scope)))
        try:
            await self._app(scope, receive, send)
        finally:
            PRESENT.reset(token)

    def _line(self, scope: Scope) -> Mapping[str, Any]:
        # The router leaves template and parameters in the scope, the guard the actor.
        parts: Mapping[str, Any] = scope.get("path_params") or {}
        targets = [f"{name}={part}" for name, part in parts.items() if _names_one(str(part))]
        return {
            "at": self._clock.wall(),
            "id": ids.new_id(ids.AUDIT_LINE, self._entropy),
            "actor": str(scope[LOG_FIELDS].get("actor", "")),
            "method": scope["method"],
            "route": str(scope.get("path_template") or scope["path"][:0]),
            "targets": " ".join(targets),
            "request_id": scope[REQUEST_ID],
        }


def _names_one(part: str) -> bool:
    """Whether a part of a path is an id, a ticket's and a code's among them: no more is kept."""
    return ID.fullmatch(part) is not None or _TICKET_OR_CODE.fullmatch(part) is not None
