"""What stands on tickets that were sold here lets nobody in once more as somebody else's code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.server.imports.test_imports import Desk, desk, lines_of

__all__ = ["desk"]


@pytest.mark.either_database
@pytest.mark.parametrize("spell", [str, str.lower, lambda code: code.replace("-", "")])
async def test_no_line_brings_what_stands_on_a_ticket_that_was_sold_here(
    desk: Desk, spell: Callable[[str], str]
) -> None:
    """A bought ticket would let two in: by its code, and by what is printed below it."""
    adult = (await desk.ask("GET", "/ticket-types"))[0]["id"]
    wanted = {"lines": [{"ticket_type_id": adult, "quantity": 1}], "payment": "paid"}
    (sold,) = (await desk.ask("POST", "/orders", json=wanted))["tickets"]
    code = spell(sold["manual_code"])
    made = await desk.checked(f"code,type\n{code},Adult\nLN-1,Adult\n")
    assert (made["added"], made["wrong"]) == (1, 1)
    (wrong,) = await lines_of(desk, made["id"], "wrong")
    assert (wrong["line"], wrong["message"]) == (2, "means a ticket of ours")
    at_once = f"code,type\nLN-1,Adult\n{code},Adult\n"
    said = {"content": at_once.encode(), "headers": {"content-type": "text/csv"}}
    assert "line 3, code" in await desk.refused("POST", "/tickets/import/csv", **said)
    codes = {"ticket_type_id": adult, "codes": ["LN-1", code]}
    assert "codes[1]" in await desk.refused("POST", "/tickets/import", json=codes)
    assert len(await desk.tickets()) == 1
