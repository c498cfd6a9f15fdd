"""Questions of a ticket type in claims: what a thin scanner is told, and what is an answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from tests.factories.ledger_office import open_ledger_office
from tests.factories.office import test_settings
from tests.integration.server_sync.homes.test_homes import asked, give, home_and_other

pytestmark = pytest.mark.either_database

BAGS: Final = {"id": "bags", "text": "Any bags?", "answers": ["No", "Yes"]}
DRINK: Final = {"id": "drink", "text": "A drink?", "answers": ["Wine", "Juice", "None"]}
TERMS: Final[dict[str, Any]] = {"questions": [BAGS, DRINK], "persons": 2}


async def test_a_scanner_is_told_what_to_ask_until_all_is_answered(
    tmp_path: Path, database_url: str
) -> None:
    """The same claim id goes on with more answers, and is answered the same once it is granted."""
    settings, zone = test_settings(database_url, tmp_path), {"reentry_after_exit": True}
    async with open_ledger_office(settings, ticket_type=TERMS, zone=zone) as office:
        gate, code = await office.enrol(), office.codes[0]
        first = await office.claimed(gate, code, "one")
        assert (first["verdict"], first["reason"]) == ("refer", "question")
        assert first["questions"] == [BAGS, DRINK]
        half = await office.claimed(gate, code, "one", answers={"drink": 1})
        assert half["questions"] == [BAGS]
        wrong = {"drink": 3, "bags": 2, "hat": 0}
        assert (await office.claimed(gate, code, "one", answers=wrong))["questions"] == [
            BAGS,
            DRINK,
        ]
        granted = await office.claimed(gate, code, "one", answers={"drink": 1, "bags": 0})
        assert (granted["reason"], granted["remaining"], granted["questions"]) == ("ok", 1, [])
        assert await office.claimed(gate, code, "one", answers={"drink": 0, "bags": 1}) == granted
        assert await office.claimed(gate, code, "one") == granted
        # The other of the two persons, the way out and the way back: nobody is asked again.
        said = [
            (await office.claimed(gate, code, f"c{number}", direction=way))["reason"]
            for number, way in enumerate(("in", "out", "in"))
        ]
        assert said == ["ok", "exit", "reentry"]


async def test_what_staff_have_to_ask_comes_before_the_home_is_asked(
    tmp_path: Path, database_url: str
) -> None:
    """Else what it gave for an answer that does not come would go back, and the claim with it."""
    settings = test_settings(database_url, tmp_path)
    terms = TERMS | {"offline_policy": "home", "check_id": True}
    async with open_ledger_office(settings, ticket_type=terms) as office:
        home, other, code = await home_and_other(office)
        answers = {"drink": 1, "bags": 0}
        assert (await office.claimed(other, code, "c1"))["reason"] == "question"
        proof = await office.claimed(other, code, "c1", answers=answers)
        assert (proof["reason"], proof["questions"]) == ("check_id", [])
        claiming = asyncio.create_task(
            office.claimed(other, code, "c1", answers=answers, id_checked=True)
        )
        give(office, home, await asked(office, home))
        await office.exchanged(home, home.journal.entries)
        assert (await claiming)["reason"] == "ok"
