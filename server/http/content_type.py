"""Refuses bodies of other content types than ours, repeated query parameters, zero characters.

The framework would parse JSON under any content type, also those that a foreign page's form can
send with the browser's cookies. And of `?limit=5&limit=7` it would silently take one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_plus

from server.http.asgi import App, Receive, Scope, Send, answer_problem, header
from server.problem_answers import FieldError, Problem
from shared.kernel.packing import MSGPACK

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
JSON: Final = frozenset({"application/json"})
PACKED: Final = frozenset({MSGPACK})
CSV: Final = frozenset({"text/csv"})
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTS: Final = frozenset({"text/csv", XLSX})
TYPES_OF_FILES: Final = {"csv": "text/csv", "xlsx": XLSX, "pdf": "application/pdf"}
"""By their endings."""
PACKED_PATHS: Final = frozenset(
    {"/sync/v1/exchange", "/sync/v1/relayed/claims", "/sync/v1/relayed/entries"}
)
"""What takes MessagePack."""
LISTS_PATH_END: Final = "/imports"
"""What takes a list as CSV or XLSX ends so."""
CSV_PATH_END: Final = "/import/csv"
"""What takes a spreadsheet's list ends so. No foreign page's form can send this type either."""


class ContentTypes:
    """Lets only declared content types through."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request's form, then pass it on."""
        if scope["type"] == "http":
            problem = _zero_character(scope) or _wrong_body(scope) or _repeated_parameter(scope)
            if problem is not None:
                await answer_problem(scope, send, problem)
                return
        await self._app(scope, receive, send)


def _zero_character(scope: Scope) -> Problem | None:
    """Refuse U+0000 in an address: no database of ours can be asked for it."""
    if "\0" in scope["path"]:
        return Problem("not-found", "There is nothing at this address.")
    query = scope.get("query_string", b"")
    if b"%00" in query:
        wrong = [
            FieldError(name[:64], "holds the character U+0000")
            for name, is_wrong in _parameters(query, "\0")
            if is_wrong
        ]
        return Problem("bad-request", "A parameter holds the character U+0000.", errors=wrong)
    return None


def _parameters(query: bytes, sought: str) -> Iterator[tuple[str, bool]]:
    """Name each parameter, without what is sought, and say whether it holds that."""
    for part in query.decode("latin-1").split("&"):
        name = unquote_plus(part.partition("=")[0])
        yield name.replace(sought, ""), sought in unquote_plus(part)


def _wrong_body(scope: Scope) -> Problem | None:
    if scope["method"] in _SAFE:
        return None
    given = header(scope, b"content-type")
    has_body = header(scope, b"content-length") not in {"", "0"} or bool(
        header(scope, b"transfer-encoding")
    )
    if not has_body and not given:
        return None
    kind, _, parameters = given.partition(";")
    allowed = _taken(scope["path"])
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() in allowed and charset in {"", "utf-8"}:
        return None
    names = " or ".join(sorted(allowed))
    return Problem("unsupported-media-type", f"Send the body as {names}.")


def _taken(path: str) -> frozenset[str]:
    if path in PACKED_PATHS:
        return PACKED
    if path.endswith(LISTS_PATH_END):
        return LISTS
    return CSV if path.endswith(CSV_PATH_END) else JSON


def _repeated_parameter(scope: Scope) -> Problem | None:
    query = scope.get("query_string", b"")
    if b"&" not in query:
        return None
    seen: set[str] = set()
    for part in query.decode("latin-1").split("&"):
        name = unquote_plus(part.partition("=")[0])
        if name in seen and name:
            wrong = FieldError(name[:64], "given more than once")
            return Problem("bad-request", "A parameter is given twice.", errors=[wrong])
        seen.add(name)
    return None
