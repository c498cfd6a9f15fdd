"""The API's documentation at `/docs`: our own page over local files, no content network.

The problem format is documented here for every operation, so that no route can forget it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server
from litestar.typing import FieldDefinition

from server.problems import MEDIA_TYPE, TITLES, ProblemBody, not_found

PATH: Final = "/docs"
TITLE: Final = "Gatekeeper"
VERSION: Final = "1"
_PAGE_FOLDER: Final = Path(__file__).parents[2] / "resources" / "docs_page"
_KINDS: Final = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
_COMMON: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)


def openapi_config(public_url: str) -> OpenAPIConfig:
    """Describe the API and where its description is served."""
    return OpenAPIConfig(
        title=TITLE,
        version=VERSION,
        description="Sell, publish, admit, reconcile. Errors are RFC 9457 problem details.",
        path=PATH,
        servers=[Server(url=public_url)],
        use_handler_docstrings=True,
        render_plugins=[_Page(path="/page"), _Json(path="/openapi.json")],
        openapi_router=Router(
            PATH,
            route_handlers=[],
            include_in_schema=False,
            dto=None,
            return_dto=None,
            after_request=_problem_if_missing,
        ),
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="An access token, or an API key `gks_…`.",
                )
            }
        ),
        security=[{"bearer": []}],
    )


def describe(app: Litestar) -> dict[str, Any]:
    """Return the OpenAPI document as plain values, bounds and problems included."""
    return complete(app, app.openapi_schema.to_schema())


def complete(app: Litestar, document: dict[str, Any]) -> dict[str, Any]:
    """Describe bodies exactly, and add the problem answers to every operation; idempotent.

    The framework's own schemas lose the bounds of list items and of optional fields, and a
    minimum of 0; msgspec, which checks the bodies, describes what it checks.
    """
    exact = _exact_schemas(app)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(exact)
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                _add_problems(operation["responses"])
    return document


def _exact_schemas(app: Litestar) -> dict[str, Any]:
    found: dict[Any, None] = {ProblemBody: None}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for field in (handler.parsed_data_field, handler.parsed_return_field):
                if field is not None and handler.resolve_include_in_schema():
                    found |= dict.fromkeys(_structs_of(field))
    _, components = msgspec.json.schema_components(
        list(found), ref_template="#/components/schemas/{name}"
    )
    return components


def _structs_of(field: FieldDefinition) -> Iterator[Any]:
    """Yield the structs within lists, pages and responses."""
    annotation = field.annotation
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for inner in field.inner_types:
        yield from _structs_of(inner)


def _add_problems(responses: dict[str, Any]) -> None:
    titles = dict(reversed(list(TITLES.values())))
    for status in _COMMON:
        responses[str(status)] = {
            "description": titles[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
        }


class _Json(JsonRenderPlugin):
    """The document itself."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return self.render_json(request, complete(request.app, openapi_schema))


class _Page(OpenAPIRenderPlugin):
    """The page that shows the document, with its script and style beside it."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        del request, openapi_schema
        return (_PAGE_FOLDER / "index.html").read_bytes()

    def receive_router(self, router: Router) -> None:
        for name in ("page.js", "page.css"):
            router.register(_file_handler(name))


def _file_handler(name: str) -> Any:
    path = _PAGE_FOLDER / name

    @get(f"/{name}", sync_to_thread=False, include_in_schema=False, name=f"docs:{name}")
    def serve() -> Response[bytes]:
        return Response(path.read_bytes(), media_type=_KINDS[path.suffix])

    return serve


def _problem_if_missing(response: Response[Any]) -> Response[Any]:
    """Replace the framework's own page for unknown addresses under `/docs`."""
    if response.status_code == 404:
        raise not_found("page")
    return response
