"""An evacuation stands over every page as an alarm, whoever began it, until it is over."""

from __future__ import annotations

import pytest

from shared.kernel.instant import HOUR, MINUTE
from tests.factories.alarms import datetime_after, deny, look, upload
from tests.factories.ledger_office import LedgerOffice

PASSWORD = "seven lamps over the gate"


async def move(ledger_office: LedgerOffice, begins: int, ends: int) -> None:
    """Put the event's date to hours from now."""
    date = {"name": "Night", "starts_at": datetime_after(ledger_office, begins * HOUR)}
    date["ends_at"] = datetime_after(ledger_office, ends * HOUR)
    path = f"{ledger_office.path}/occurrences/{ledger_office.occurrence_id}"
    await ledger_office.office.ok("PUT", path, ledger_office.owner, json=date)


async def order(ledger_office: LedgerOffice, phase: str, **more: str) -> str:
    """Say a word on an evacuation by the organizer; returns which it is of."""
    body = {"zone_id": ledger_office.zone_id, "phase": phase, "password": PASSWORD} | more
    path = f"{ledger_office.path}/evacuations"
    (word, *_) = await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
    ledger_office.office.clock.advance(MINUTE)
    return str(word["evacuation_id"])


@pytest.mark.either_database
async def test_an_evacuation_stands_over_every_page_until_entry_is_free(
    ledger_office: LedgerOffice,
) -> None:
    """The desk said nothing of one that a gate had begun, but on a tab that nobody had open."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    evacuation_id = await order(ledger_office, "stop")
    (alarm,) = await look(ledger_office)
    assert (alarm["kind"], alarm["subject"]) == ("evacuation", ledger_office.zone_id)
    assert alarm["what"] == f"{alarm['place']}: evacuation in progress"
    await order(ledger_office, "return", evacuation_id=evacuation_id)
    (still,) = await look(ledger_office)
    assert still["id"] == alarm["id"], "once until it is over"
    await order(ledger_office, "over", evacuation_id=evacuation_id)
    assert await look(ledger_office) == []
    annulled = await order(ledger_office, "stop")
    gate = await ledger_office.enrol()
    deny(ledger_office, gate, 20, reason="rules_denied")
    await upload(ledger_office, gate)
    found = [one["kind"] for one in await look(ledger_office)]
    assert found == ["evacuation"], "who is stopped by one is no sign of anything else"
    ruling = {"evacuation_id": annulled, "zone_id": ledger_office.zone_id, "ruling": "annul"}
    await ledger_office.office.ok(
        "POST", f"{ledger_office.path}/evacuations/rulings", ledger_office.owner, json=ruling
    )
    assert await look(ledger_office) == []


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("begins", "ends"), [(26, 30), (-20, -11)], ids=["day before", "long after"]
)
async def test_an_evacuation_stands_over_every_page_whatever_the_date(
    ledger_office: LedgerOffice, begins: int, ends: int
) -> None:
    """Its gates let nobody in then, either; nothing else is judged."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    await move(ledger_office, begins, ends)
    gate = await ledger_office.enrol()
    deny(ledger_office, gate, 30)
    await upload(ledger_office, gate)
    assert await look(ledger_office) == []
    evacuation_id = await order(ledger_office, "stop")
    (alarm,) = await look(ledger_office)
    assert (alarm["kind"], alarm["subject"]) == ("evacuation", ledger_office.zone_id)
    await order(ledger_office, "return", evacuation_id=evacuation_id)
    (still,) = await look(ledger_office)
    assert still["id"] == alarm["id"]
    await order(ledger_office, "over", evacuation_id=evacuation_id)
    assert await look(ledger_office) == []


@pytest.mark.either_database
async def test_an_evacuation_that_nobody_ended_is_told_no_more_when_its_event_is_over(
    ledger_office: LedgerOffice,
) -> None:
    """Half a day after its last word: by then nobody stands at the gates."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    await move(ledger_office, -20, -11)
    await order(ledger_office, "stop")
    assert len(await look(ledger_office)) == 1
    ledger_office.office.clock.advance(11 * HOUR)
    assert await look(ledger_office) == []
