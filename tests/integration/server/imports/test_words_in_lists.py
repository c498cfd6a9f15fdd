"""What a list calls ticket types and columns, however its file spells that."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from tests.factories.office import Office
from tests.integration.server.imports import test_imports

pytestmark = pytest.mark.integration


async def test_a_type_is_known_however_its_letters_are_put_together(office: Office) -> None:
    """Files of macOS part an umlaut into two characters, and the web joins words by its own space.

    Each reads like the type's name, so that nobody would see why a line is wrong.
    """
    person = await office.person()
    desk = test_imports.Desk(office, person, await office.event(person))
    await desk.ask("POST", "/ticket-types", json={"name": "Ermäßigt VIP", "price_minor": 0})
    words = [normalize(form, "Ermäßigt VIP") for form in ("NFC", "NFD")]
    words += ["ermäßigt\u00a0 vip", "ERMÄSSIGT  VIP"]
    lines = [f"LN-{number};{word}\n" for number, word in enumerate(words)]
    head = normalize("NFD", "código;categoría\n")
    made = await desk.checked(head + "".join(lines))
    assert (made["added"], made["wrong"]) == (4, 0)
    said = [
        {"word": normalize("NFD", "Gäste"), "ticket_type_id": made["types"][0]["ticket_type_id"]}
    ]
    made = await desk.checked("code;type\nLN-9;Gäste\n", words=said)
    assert (made["added"], made["wrong"]) == (1, 0)
    await desk.ask(
        "POST",
        "/tickets/import/csv",
        content=f"code,type\nLN-10,{words[1]}\n".encode(),
        headers={"content-type": "text/csv"},
    )
