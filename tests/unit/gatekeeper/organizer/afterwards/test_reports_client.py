"""Reports on paper, as servers of several ages are asked for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from gatekeeper.organizer.afterwards.reports_client import fetch_form
from gatekeeper.organizer.server_api import Refused, ServerApi, WrongField


class OlderServer:
    """Writes reports in its own words, and refuses parameters that it does not know."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    async def stream(self, path: str, **query: str) -> AsyncIterator[bytes]:
        """Refuse a language; else give the file."""
        self.asked.append(query)
        if unknown := sorted(query.keys() - {"since"}):
            said = WrongField(unknown[0], "is not a parameter of this request")
            raise Refused("refused", (said,), problem="bad-request", status=400)
        yield path.encode()


def fetch(server: OlderServer, form: str, **query: str) -> bytes:
    return asyncio.run(fetch_form(cast("ServerApi", server), "/report", form, "de", query))


def test_an_older_server_is_asked_for_paper_in_its_own_words() -> None:
    """A newer desk was refused every PDF by it."""
    server = OlderServer()
    assert fetch(server, "pdf", since="2026-07-04") == b"/report.pdf"
    assert server.asked == [{"since": "2026-07-04", "language": "de"}, {"since": "2026-07-04"}]


def test_files_for_programs_are_asked_for_once_and_other_refusals_stand() -> None:
    """Asking again helps where the language alone was not taken."""
    server = OlderServer()
    assert fetch(server, "csv") == b"/report.csv"
    with pytest.raises(Refused):
        fetch(server, "pdf", until="never")
    assert len(server.asked) == 2 + 1
