"""The API's description is made when somebody first asks for it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest
from litestar import Litestar, get

from server.http import docs_page

PATIENCE_S = 30.0


@get("/gate", sync_to_thread=False)
def answer_gate() -> str:
    """Answer a gate."""
    return "admit"


async def test_gates_are_answered_while_the_description_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes as long as a thousand claims, any stranger may ask for it, and it is made once."""
    begun, answered, made = asyncio.Event(), threading.Event(), []
    loop = asyncio.get_running_loop()

    def describe(_app: Any, document: dict[str, Any]) -> dict[str, Any]:
        loop.call_soon_threadsafe(begun.set)
        made.append(answered.wait(PATIENCE_S))
        return document

    monkeypatch.setattr(docs_page, "complete", describe)
    app: Any = Litestar([answer_gate], openapi_config=docs_page.openapi_config("http://office"))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://office"
    ) as asked:
        pages = [asyncio.create_task(asked.get(f"/docs{at}")) for at in ("/openapi.json", "")]
        await begun.wait()
        assert (await asked.get("/gate")).status_code == 200
        answered.set()
        document, page = [await one for one in pages]
    assert "/gate" in document.json()["paths"]
    assert page.status_code == 200
    assert made == [True]
