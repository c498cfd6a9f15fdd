"""Query parameters: those that several routes take, and the refusal of unknown ones.

The framework ignores a parameter that nobody asked for: a search for `?nmae=Klara` would answer
with everybody, as if all of them were called so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter, QueryParameter
from litestar.typing import FieldDefinition

from server.http.json_body import missing_body
from server.problem_answers import FieldError, Problem

AnyRequest = Request[Any, Any, Any]

STRICT_PREFIX: Final = "/api/"
"""Where people's programs ask. Devices ask under `/sync/`, and a newer one may ask an older server
for more than that knows; monitors add parameters of their own to `/health/`."""
_ASKED: Final = "asked_parameters"
_SHOWN_MAX: Final = 64


def asked_parameters(handler: HTTPRouteHandler) -> Mapping[str, tuple[str, FieldDefinition]]:
    """Return a route's parameters by the name in its code: the query's or header's, and the type.

    Those of its dependencies belong to them.
    """
    found: dict[str, tuple[str, FieldDefinition]] | None = handler.opt.get(_ASKED)
    if found is None:
        found = {name: (alias, field) for name, alias, field in _asked_by(handler)}
        handler.opt[_ASKED] = found
    return found


def _asked_by(handler: HTTPRouteHandler) -> Iterator[tuple[str, str, FieldDefinition]]:
    provided = dict(handler.resolve_dependencies())
    signatures = [handler.parsed_fn_signature]
    for signature in signatures:  # grows by those of what it names, as far as that goes
        for name, field in signature.parameters.items():
            if name in provided:
                signatures.append(provided.pop(name).parsed_fn_signature)
            if isinstance(field.kwarg_definition, QueryParameter | HeaderParameter):
                yield name, field.kwarg_definition.name or name, field


async def refuse_what_is_not_asked(request: AnyRequest) -> None:
    """Refuse unknown query parameters, and a request without the body that it needs.

    Raises:
        Problem: `bad-request` that lists the parameters, or the body's fields.
    """
    if not request.scope["path"].startswith(STRICT_PREFIX):
        return
    handler = request.route_handler
    if query := request.scope.get("query_string", b""):
        asked = [
            name
            for name, field in asked_parameters(handler).values()
            if isinstance(field.kwarg_definition, QueryParameter)
        ]
        _refuse_unknown(query, sorted(asked))
    wanted = handler.parsed_data_field
    if wanted is not None and not await _has_body(request):
        raise missing_body(wanted.annotation)


def _refuse_unknown(query: bytes, allowed: list[str]) -> None:
    takes = f"it takes {', '.join(allowed)}" if allowed else "it takes none"
    wrong = [
        FieldError(name[:_SHOWN_MAX], f"is not a parameter of this request; {takes}")
        for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        if name not in allowed
    ]
    if wrong:
        detail = f"A parameter is not known: {takes}."
        raise Problem("bad-request", detail, errors=wrong)


async def _has_body(request: AnyRequest) -> bool:
    if "transfer-encoding" in request.headers:  # how long it is, it says by ending
        return bool(await request.body())
    return request.headers.get("content-length", "0") != "0"
