"""A till that was lost with sales in it: its drawer, and what of that is in no order."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from shared.kernel.instant import HOUR, SECOND
from tests.factories.counters import Counter, counter, prepared_counter, published
from tests.factories.strength import sized
from tests.factories.wired_gates import open_gate
from tests.integration.server_sync.reports.test_reports import table_of

__all__ = ["counter", "prepared_counter", "published"]

FLOAT, PRICE = 10_000, 2_500


class Books:
    """What the organizer reads of a till's one shift."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._office, self._owner = counter.office.office, counter.office.owner
        self.device = f"{self._owner.path}/devices/{counter.till.id}"

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        """Ask the server as the organizer."""
        return await self._office.ok(method, path, self._owner, json=body or None)

    async def drawer(self) -> tuple[int | None, int]:
        """Say what the drawer must hold by the event's report, and what of that has no effect."""
        report = await self.ask("GET", f"{self._counter.office.path}/report")
        (row,) = table_of(report, "tills")
        assert (row["closed"], row["counted_minor"]) == ("", None)
        return row["expected_minor"], row["without_effect_minor"]

    async def received(self) -> int:
        """Say what came by the event's report."""
        report = await self.ask("GET", f"{self._counter.office.path}/report")
        return sum(row["received_minor"] for row in table_of(report, "tenders")[:-1])

    async def figures(self) -> dict[tuple[str, str], tuple[int | None, int | None]]:
        """Return the figures of the shift's own report, once the sheet has said the same."""
        (shift,) = (await self.ask("GET", f"{self._owner.path}/shifts"))["items"]
        path = f"{self.device}/shifts/{shift['shift_id']}"
        report = await self.ask("GET", path)
        sheet = (await self._office.call("GET", f"{path}/csv", self._owner)).text
        written = [(row["figure"], row["of"]) for row in csv.DictReader(io.StringIO(sheet))]
        found = {
            (one["figure"], one["of"]): (one["count"], one["amount_minor"])
            for one in report["figures"]
        }
        assert written == [*found]
        return found


def _place(entry: dict[str, Any]) -> dict[str, Any]:
    """Name an entry that waits."""
    return {"boot": entry["boot"], "dseq": entry["dseq"]}


async def test_drawer_of_a_till_that_was_lost_is_told_with_what_nobody_has_accepted(
    counter: Counter,
) -> None:
    """Cash that was taken is cash; whoever compares it with the event reads what is apart."""
    books, till = Books(counter), counter.till
    cash = [{"kind": "cash"}]
    first = await counter.ok(sell=[{"type": 1, "count": 2}], tenders=cash)
    await till.sync()
    assert await books.drawer() == (None, 0), "it is at work"
    assert ("without_effect", "") not in await books.figures()

    await till.cut()
    await counter.ok(sell=[{"type": 1, "count": 3}], tenders=cash)
    await counter.ok(sell=[{"type": 1}], tenders=[{"kind": "card"}])
    counter.office.office.clock.advance(HOUR)
    lost = f"{counter.office.path}/devices/{till.id}/lost"
    await books.ask("POST", lost, reason="stolen", revokes=True)
    assert await books.drawer() == (FLOAT + 2 * PRICE, 0), "nothing more is known of it"

    await till.mend()
    assert await books.drawer() == (FLOAT + 5 * PRICE, 4 * PRICE)
    figures = await books.figures()
    assert figures["without_effect", ""] == (2, 4 * PRICE)
    assert figures["gross", ""][1] == await books.received() + 4 * PRICE

    (one, _) = (await books.ask("GET", f"{books.device}/unconfirmed"))["items"]
    accept = f"{books.device}/unconfirmed/accept"
    await books.ask("POST", accept, entries=[_place(one)], note="found")
    assert await books.drawer() == (FLOAT + 5 * PRICE, PRICE)
    await books.ask("POST", f"{books.device}/unconfirmed/dismiss", note="a copy")
    assert await books.drawer() == (FLOAT + 5 * PRICE, PRICE), "what was dismissed stays apart"
    assert await books.received() == 5 * PRICE == first["total_minor"] + 3 * PRICE


@pytest.mark.either_database
async def test_acts_at_a_drawer_are_accepted_in_their_order(counter: Counter) -> None:
    """However they are named: of honest ones none is called missing, or given twice."""
    books, till = Books(counter), counter.till
    await till.cut()
    await counter.ok(sell=[{"type": 1}], tenders=[{"kind": "cash"}])
    await counter.ok(shift="count", amount_minor=FLOAT + PRICE)
    await counter.ok(shift="close", left_minor=FLOAT)
    await counter.ok(shift="open", amount_minor=FLOAT)
    await books.ask("POST", f"{books.device}/revoke", reason="stolen")
    await till.mend()
    waiting = (await books.ask("GET", f"{books.device}/unconfirmed"))["items"]
    accept, office = f"{books.device}/unconfirmed/accept", counter.office
    _, *later = [_place(one) for one in waiting if one["kind"] == "shift"]
    for place in reversed(later):
        body = {"entries": [place]}
        answer = await office.office.call("POST", accept, office.owner, json=body)
        assert answer.status_code == 409, answer.text
    named = [_place(one) for one in reversed(waiting)]
    ruled = await books.ask("POST", accept, entries=named)
    assert (ruled["ruled"], ruled["remaining"]) == (len(waiting), 0)
    conflicts = await books.ask("GET", f"{office.path}/conflicts")
    assert "shift_missing" not in {one["kind"] for one in conflicts["items"]}
    shifts = (await books.ask("GET", f"{counter.office.owner.path}/shifts"))["items"]
    assert sorted(one["state"] for one in shifts) == ["closed", "open"]


@pytest.mark.either_database
@pytest.mark.parametrize("last_role", sized(["gate"], ["till", "gate"]))
async def test_what_a_till_takes_in_a_shift_that_it_opened_too_late_is_told(
    counter: Counter, tmp_path: Path, last_role: str
) -> None:
    """Its opening waits as the sale does: the drawer stands in the report by that alone.

    Also where it was made a gate before it was missed.
    """
    office = counter.office
    till = await open_gate(office, tmp_path / "late", 0, role="till")
    till.session.keep_drawer()
    await till.sync()
    late = Counter(office, till, counter.gate, counter.cashier)
    books = Books(late)
    await till.cut()
    place = {"event_id": office.event_id, "gate_id": office.gates[0]}
    await books.ask("PUT", f"{books.device}/assignment", role=last_role, **place)
    await books.ask("POST", f"{books.device}/revoke", reason="stolen")
    opened = await late.ok(shift="open", amount_minor=FLOAT)
    await late.ok(sell=[{"type": 1}], tenders=[{"kind": "cash"}])
    await till.mend()

    async def row() -> dict[str, Any]:
        report = await books.ask("GET", f"{office.path}/report")
        (found,) = [one for one in table_of(report, "tills") if one["till"] == till.id]
        return found

    waiting = await row()
    assert (waiting["shift"], waiting["opened"]) == (opened["shift_id"], "")
    assert (waiting["float_minor"], waiting["without_effect_minor"]) == (None, PRICE)
    for kind in ("csv", "xlsx", "pdf"):
        file = await office.office.call("GET", f"{office.path}/report.{kind}", office.owner)
        assert file.is_success, file.text
    await books.ask("POST", f"{books.device}/unconfirmed/accept", note="found")
    accepted = await row()
    assert (accepted["float_minor"], accepted["without_effect_minor"]) == (FLOAT, 0)
    assert (accepted["name"], accepted["currency"]) == (waiting["name"], waiting["currency"])
    await till.session.close()


@pytest.mark.either_database
async def test_drawer_that_nobody_has_closed_is_told_once_the_event_is_over(
    counter: Counter,
) -> None:
    """Of a till that was never heard of again, and was not declared stolen either."""
    books = Books(counter)
    await counter.ok(sell=[{"type": 1}], tenders=[{"kind": "cash"}])
    await counter.till.sync()
    for state in ("active", "completed"):
        assert await books.drawer() == (None, 0)
        await books.ask("POST", f"{counter.office.path}/state", state=state)
    assert await books.drawer() == (FLOAT + PRICE, 0)


@pytest.mark.either_database
async def test_a_till_that_was_revoked_amid_its_shift_sends_nobody_for_a_supervisor(
    counter: Counter,
) -> None:
    """No badge opens its drawer any more; the organizer reads what it must hold."""
    books, till = Books(counter), counter.till
    await counter.ok(sell=[{"type": 1}], tenders=[{"kind": "cash"}])
    await till.sync()
    await books.ask("POST", f"{books.device}/revoke", reason="stolen")
    counter.office.office.clock.advance(3 * SECOND)
    await till.sync()
    for line in ({"shift": "count"}, {"shift": "close"}, {"shift": "hand_over"}):
        told = await counter.say(**line, amount_minor=FLOAT + PRICE)
        assert (told["reason"], "supervisor" in told["text"]) == ("revoked", False)
    assert await books.drawer() == (FLOAT + PRICE, 0)
