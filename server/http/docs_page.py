"""The API's documentation at `/docs`: our own page over local files, no content network.

Sent as files, without a word from elsewhere: script and style are our own, the page keeps what one
signs in with in its memory only, and the policy of `security_headers.py` allows nothing more.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

from litestar import MediaType, Request, Response, Router, get
from litestar._openapi.plugin import OpenAPIPlugin
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin

from server.http.explained_problem_types import problem_list, problem_page
from server.http.openapi_document import complete, configure
from server.problem_answers import TITLES, TYPE_ROOT, not_found

PATH: Final = "/docs"
_PAGE_FOLDER: Final = Path(__file__).parents[2] / "resources" / "docs_page"
_KINDS: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_PROBLEMS: Final = TYPE_ROOT.removeprefix(PATH).rstrip("/")
_FILES: Final = ("page.js", "try.js", "page.css", "front.css", "icon.svg")


def openapi_config(public_url: str) -> OpenAPIConfig:
    """Describe the API and where its description is served."""
    document = _Json(path="/openapi.json")

    async def make_ready(request: Request[Any, Any, Any]) -> None:
        await document.make_ready(request)  # a router is copied with all but its functions

    return configure(
        public_url,
        path=PATH,
        plugins=[_Page(path="/page"), document],
        router=Router(
            PATH,
            route_handlers=[],
            include_in_schema=False,
            dto=None,
            return_dto=None,
            before_request=make_ready,
            after_request=_problem_if_missing,
        ),
    )


class _Json(JsonRenderPlugin):
    """The document itself, made once: as dear as a thousand claims, and anybody may ask."""

    _made: bytes = b""
    _making: asyncio.Future[None] | None = None

    async def make_ready(self, request: Request[Any, Any, Any]) -> None:
        """See that it is made, by one who asks, beside the loop; the others wait for the same."""
        if self._made:
            return
        if self._making is None or self._making.done():
            self._making = asyncio.ensure_future(asyncio.to_thread(self._make, request))
        await asyncio.shield(self._making)

    def _make(self, request: Request[Any, Any, Any]) -> None:
        described = request.app.plugins.get(OpenAPIPlugin).provide_openapi_schema()
        self._made = self.render_json(request, complete(request.app, described))

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        del request, openapi_schema
        return self._made


class _Page(OpenAPIRenderPlugin):
    """The page that shows the document, with its script and style beside it."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        del request, openapi_schema
        return (_PAGE_FOLDER / "index.html").read_bytes()

    def receive_router(self, router: Router) -> None:
        for name in _FILES:
            router.register(_file_handler(name))
        for slug in TITLES:
            router.register(_text_handler(f"{_PROBLEMS}/{slug}", problem_page(slug)))
        router.register(_text_handler(_PROBLEMS, problem_list()))


def _text_handler(path: str, page: str) -> Any:
    @get(path, sync_to_thread=False, include_in_schema=False, name=f"docs:{path}")
    def serve() -> Response[str]:
        return Response(page, media_type=MediaType.HTML)

    return serve


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
