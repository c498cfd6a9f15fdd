"""`GET /`: what a browser is shown that found the server, and what a program is told.

It says what this is, whether it works, and where to go on; nothing of whom it serves.
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from litestar import MediaType, Response, get

from server.health.checks import ReadinessCheck
from server.http.parameters import AnyRequest
from server.language_texts import read_texts
from shared.kernel.languages import RIGHT_TO_LEFT

_PAGE: Final = Path(__file__).with_suffix(".html")
_TEXTS: Final = Path(__file__).with_name("front_page_texts.json")
_FALLBACK: Final = "en"
_LINKS: Final = {"api": "/docs", "problems": "/docs/problems", "ready": "/health/ready"}


@get("/", include_in_schema=False)
async def front_page(request: AnyRequest) -> Response[Any]:
    """Show the first page to a browser; tell a program where things are."""
    check: ReadinessCheck = request.app.state["readiness"]
    is_ready = (await check.read()).status == "ok"
    headers = {"vary": "accept, accept-language"}
    if not prefers_page(request.headers.get("accept", "")):
        told = {"name": "Gatekeeper", "status": "ok" if is_ready else "failing", **_LINKS}
        return Response(told, headers=headers)
    language = choose_language(request.headers.get("accept-language", ""))
    return Response(
        render_page(language, is_ready=is_ready),
        media_type=MediaType.HTML,
        headers=headers | {"content-language": language},
    )


def prefers_page(accept: str) -> bool:
    """Tell whether a page is wanted rather than JSON; `*/*` alone wants JSON, as programs do."""
    wanted = _weights(accept)
    page = wanted.get("text/html", wanted.get("text/*", 0.0))
    return page > 0 and page >= wanted.get("application/json", 0.0)


def choose_language(accepted: str) -> str:
    """Return the language of ours that is accepted most, English if none is."""
    weights = _weights(accepted)
    best, best_weight = _FALLBACK, 0.0
    for name, weight in weights.items():
        language = name.partition("-")[0]
        if language in read_texts(_TEXTS) and weight > best_weight:
            best, best_weight = language, weight
    return best


def render_page(language: str, *, is_ready: bool) -> str:
    """Return the page in one of its languages."""
    texts = {name: escape(text) for name, text in read_texts(_TEXTS)[language].items()}
    return _template().substitute(
        texts,
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        state="ready" if is_ready else "failing",
        state_text=texts["ready" if is_ready else "failing"],
    )


def _weights(header: str) -> dict[str, float]:
    """Read `a, b;q=0.5` as weights by name; what is no weight counts as 0 (RFC 9110, 12.4.2)."""
    found = {}
    for part in header.split(","):
        name, _, parameters = part.partition(";")
        weight = 1.0
        for parameter in parameters.split(";"):
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        found[name.strip().lower()] = weight
    return found


@cache
def _template() -> Template:
    return Template(_PAGE.read_text(encoding="utf-8"))
