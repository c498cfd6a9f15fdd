"""The list on paper: whose tickets stand on a gate's, in which order, and what it warns of."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from shared.credential.manual_code import parse_manual_code
from shared.kernel.instant import HOUR, MINUTE, Instant, format_instant
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice, open_ledger_office
from tests.factories.office import test_settings
from tests.integration.server_sync.homes.test_homes import homes_of, make_homes

pytestmark = pytest.mark.either_database
LONG = "Hohenlohe-Schillingsfürst " * 7 + "zu Waldenburg-Barte"
ONCE_A_DAY = {"fact": "entries_today", "cmp": "<", "value": 1}
NAMES = ("zoë Park", "Émile Ébène", "محمد عبد الله", "emile ebene junior", LONG[:200])


async def summary(made: LedgerOffice, gate: int, **query: str) -> dict[str, Any]:
    """Ask what a gate's list comes to."""
    address = f"{made.path}/gates/{made.gates[gate]}/fallback-list"
    return dict(await made.office.ok("GET", address, made.owner, params=query))


async def pages_of(made: LedgerOffice, gate: int, **query: str) -> list[str]:
    """Fetch a gate's list, and return the texts of its pages as a viewer reads them."""
    address = f"{made.path}/gates/{made.gates[gate]}/fallback-list.pdf"
    answer = await made.office.call("GET", address, made.owner, params=query)
    assert answer.status_code == 200, answer.text
    document = pypdfium2.PdfDocument(answer.content)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


async def name_tickets(made: LedgerOffice, *names: str) -> None:
    """Give the first tickets holders."""
    for number, name in enumerate(names):
        address = f"{made.path}/tickets/{made.hex_of(number)}/holder"
        await made.office.ok("PUT", address, made.owner, json={"name": name})


async def codes_of(made: LedgerOffice) -> dict[str, str]:
    """Return each ticket's manual code, by the API."""
    found = await made.office.ok("GET", f"{made.path}/tickets?limit=100", made.owner)
    return {one["id"]: one["manual_code"] for one in found["items"]}


async def test_under_homes_each_ticket_stands_on_its_own_gates_list_only(
    ledger_office: LedgerOffice,
) -> None:
    """All lists together are all tickets, once; a blocked and a cancelled one are on none."""
    made = ledger_office
    devices = await make_homes(made, 0, 1)
    homes, codes = await homes_of(made), await codes_of(made)
    gone = next(iter(homes))
    await made.office.ok(
        "PUT", f"{made.path}/tickets/{gone}/block", made.owner, json={"blocked": True}
    )
    for gate, device in enumerate(devices):
        told = await summary(made, gate)
        mine = {codes[one] for one, home in homes.items() if home == device.id and one != gone}
        assert (told["tickets"], told["by_code"]) == (len(mine), len(mine))
        assert not told["doubles_possible"]
        text = "\n".join(await pages_of(made, gate))
        assert set(re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-\S", text)) == mine
        assert "DOUBLES" not in text


async def test_names_that_cannot_be_printed_are_counted_and_said(
    ledger_office: LedgerOffice,
) -> None:
    """Signs stood for their letters, and neither desk nor paper said that there are such names."""
    made = ledger_office
    await make_homes(made, 0)
    assert (await summary(made, 0))["unreadable"] == 0
    await name_tickets(made, "प्रिया", "Zoë Park")
    assert (await summary(made, 0))["unreadable"] == 1
    assert "1 names have letters" in (await pages_of(made, 0))[0].replace("\r\n", " ")


async def test_under_another_policy_each_page_says_that_doubles_are_possible(
    ledger_office: LedgerOffice,
) -> None:
    """Both gates list all tickets, and who came in before is marked as such."""
    made = ledger_office
    north = await made.enrol(0)
    await made.claimed(north, made.codes[0])
    for gate in (0, 1):
        told = await summary(made, gate)
        assert told["doubles_possible"]
        assert (told["tickets"], told["doubtful"]) == (len(made.tickets), len(made.tickets))
        assert told["used"] == 1
        pages = await pages_of(made, gate)
        assert all("DOUBLES ARE POSSIBLE" in page for page in pages)
        plan = f"from plan {told['plan']}"
        assert all(plan in page for page in pages)
        assert pages[-1].rstrip().splitlines()


async def test_who_has_passed_a_ticket_on_is_not_on_the_list(ledger_office: LedgerOffice) -> None:
    """By name they would be let in in the new holder's place; their other ticket has theirs."""
    made = ledger_office
    till = await made.enrol(0, role="till")
    line = {"ticket_type_id": made.ticket_type_id, "quantity": 2}
    body = {"lines": [line], "payment": "paid", "buyer_name": "Klara Buyer"}
    order = await made.office.ok("POST", f"{made.path}/orders", made.owner, json=body)
    assert (await summary(made, 0))["by_name"] == 2
    where = f"{made.path}/tickets/{order['tickets'][0]['id']}/credential"
    code = (await made.office.ok("GET", where, made.owner))["digits"]
    passed = await made.claimed(till, code, gate_id="", purpose="transfer")
    assert passed["verdict"] == "admit"
    assert (await summary(made, 0))["by_name"] == 1
    assert passed["new_manual_code"] in "\n".join(await pages_of(made, 0))


async def test_a_list_is_in_order_of_names_and_then_of_codes(ledger_office: LedgerOffice) -> None:
    """Case and accents count for nothing; long and right-to-left names are there whole."""
    made = ledger_office
    await name_tickets(made, *NAMES)
    told = await summary(made, 0)
    assert told["by_name"] == len(NAMES)
    pages = await pages_of(made, 0, language="ar")
    names = _flat(pages[0])
    places = [names.index(_flat(name)) for name in ("Émile Ébène", "emile ebene j", "zoë Park")]
    assert places == sorted(places)
    assert _flat(LONG[:200].rsplit(maxsplit=1)[0]) in names
    assert "محمد" in names
    text = "\n".join(pages[1:])
    found = [parse_manual_code(one) for one in re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-\S", text)]
    assert found == sorted(found)
    assert len(found) == told["by_code"]


async def test_a_list_says_what_to_ask_beside_each_ticket(ledger_office: LedgerOffice) -> None:
    """In each language; the longest questions leave every ticket a row that fits on its page."""
    made = ledger_office
    types = f"{made.path}/ticket-types"
    kind = (await made.office.ok("GET", types, made.owner))[0]
    place = f"{types}/{kind['id']}"
    said = {"name": kind["name"], "price_minor": kind["price_minor"]}
    bags = {"text": "Bags?", "answers": ["No", "Yes"]}
    await made.office.ok("PUT", place, made.owner, json=said | {"questions": [bags]})
    for language, words in (("en", "ask: Bags?"), ("de", "fragen: Bags?"), ("ar", "Bags?")):
        text = _flat("".join(await pages_of(made, 0, language=language)))
        assert text.count(_flat(words)) == len(made.tickets), language
    long = [bags | {"text": f"{n} {'many words ' * 17}".strip()} for n in range(4)]
    await made.office.ok("PUT", place, made.owner, json=said | {"questions": long})
    text = "".join(await pages_of(made, 0))
    assert text.count("…") == len(made.tickets)
    assert len(re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-\S", text)) == len(made.tickets)


def _flat(text: str) -> str:
    """Leave out where lines break, and how letters are shaped."""
    return re.sub(r"[\s\u200b]+", "", text)


async def test_a_list_of_no_gate_or_date_of_the_event_is_refused(
    ledger_office: LedgerOffice,
) -> None:
    """Another's gate is not found; a date is named; an event that is called off needs no list."""
    made = ledger_office
    address = f"{made.path}/gates/gt_0000000000000/fallback-list"
    for form in ("", ".pdf"):
        answer = await made.office.call("GET", address + form, made.owner)
        assert answer.status_code == 404
    address = f"{made.path}/gates/{made.gates[0]}/fallback-list"
    query = {"occurrence_id": "oc_0000000000000"}
    answer = await made.office.call("GET", address, made.owner, params=query)
    assert answer.json()["errors"][0]["field"] == "occurrence_id"
    told = await summary(made, 0, occurrence_id=made.occurrence_id)
    assert told["tickets"] == len(made.tickets)


async def test_a_file_counts_its_lines_as_it_comes(ledger_office: LedgerOffice) -> None:
    """So that whoever fetches it sees how far it is."""
    made = ledger_office
    told = await summary(made, 0)
    address = f"{made.path}/gates/{made.gates[0]}/fallback-list.pdf"
    answer = await made.office.call("GET", address, made.owner)
    counts = [int(one) for one in re.findall(rb"\n%lines (\d+)\n", answer.content)]
    assert counts == sorted(counts)
    assert counts[-1] == told["by_name"] + told["by_code"]


async def test_of_a_group_as_many_boxes_are_filled_as_have_come_in(
    tmp_path: Path, database_url: str
) -> None:
    """The others are let in by paper; who went out and came again fills no second box."""
    settings = test_settings(database_url, tmp_path)
    group, back = {"persons": 3}, {"reentry_after_exit": True}
    async with open_ledger_office(settings, tickets=4, ticket_type=group, zone=back) as made:
        north = await made.enrol(0)
        await made.claimed(north, made.codes[0])
        await made.claimed(north, made.codes[1], count=2)
        for direction in ("in", "out", "in"):
            await made.claimed(north, made.codes[2], direction=direction)
        assert (await summary(made, 0))["used"] == 3
        assert await filled_boxes(made, 0) == [1 + 2 + 1, 12]
        types = f"{made.path}/ticket-types/{made.ticket_type_id}"
        school = {"name": "School", "price_minor": 0, "persons": 25}
        kind = await made.office.ok("PUT", types, made.owner, json=school)
        lines = [{"ticket_type_id": kind["id"], "quantity": 1}]
        order = {"lines": lines, "payment": "comp", "comp_reason": "school"}
        sold = await made.office.ok("POST", f"{made.path}/orders", made.owner, json=order)
        path = f"{made.path}/tickets/{sold['tickets'][0]['id']}/credential"
        code = (await made.office.ok("GET", path, made.owner))["digits"]
        await made.claimed(north, code, count=11)
        assert "11/25" in "".join(await pages_of(made, 0))
        assert await filled_boxes(made, 0) == [4, 13], "more of the school may come"
        await made.claimed(north, code, count=14)
        assert await filled_boxes(made, 0) == [5, 13]


async def test_who_comes_back_after_an_evacuation_fills_no_second_box(
    tmp_path: Path, database_url: str
) -> None:
    """The zone admits once: all had to leave, and one of two is back."""
    settings = test_settings(database_url, tmp_path)
    async with open_ledger_office(settings, tickets=1, ticket_type={"persons": 2}) as made:
        north = await made.enrol(0)
        chief = await Chief.appoint(made)
        await made.claimed(north, made.codes[0])
        made.office.clock.advance(MINUTE)
        chief.say(north, "stop", "return")
        await made.exchanged(north, north.journal.entries)
        made.office.clock.advance(MINUTE)
        assert (await made.claimed(north, made.codes[0]))["reason"] == "reentry"
        assert await filled_boxes(made, 0) == [1, 2]


async def sell(made: LedgerOffice, terms: dict[str, Any], payment: str = "paid") -> str:
    """Sell a ticket of a type of its own; returns how its code is written."""
    types = f"{made.path}/ticket-types"
    kind = await made.office.ok("POST", types, made.owner, json={"price_minor": 1_000} | terms)
    order = {"lines": [{"ticket_type_id": kind["id"], "quantity": 1}], "payment": payment}
    sold = await made.office.ok("POST", f"{made.path}/orders", made.owner, json=order)
    return (await codes_of(made))[sold["tickets"][0]["id"]]


def moment(made: LedgerOffice, minutes: int) -> str:
    """Spell the instant so many minutes from now."""
    return format_instant(Instant(made.office.clock.wall() + minutes * MINUTE))


async def test_a_ticket_stands_on_the_list_only_as_long_as_gates_let_it_in(
    tmp_path: Path, database_url: str
) -> None:
    """One whose hours are over is on no list; beside the others stands from and until when."""
    async with open_ledger_office(test_settings(database_url, tmp_path), tickets=1) as made:
        over = await sell(made, {"name": "Early", "valid_until": moment(made, 10)})
        made.office.clock.advance(11 * MINUTE)
        hours = {"valid_from": moment(made, 20), "valid_until": moment(made, 60 * 24)}
        late = await sell(made, {"name": "Late"} | hours)
        text = _flat("".join(await pages_of(made, 0)))
        assert _flat(late) in text
        assert "notbefore" in text
        assert "notafter" in text
        assert _flat(over) not in text
        assert (await summary(made, 0))["tickets"] == 2
        made.office.clock.advance(30 * MINUTE)
        text = _flat("".join(await pages_of(made, 0)))
        assert "notbefore" not in text
        assert "notafter" in text


async def test_whose_debt_was_waived_is_listed_like_who_has_paid(
    tmp_path: Path, database_url: str
) -> None:
    """Every gate lets them in, whatever it says of those who owe."""
    async with open_ledger_office(test_settings(database_url, tmp_path), tickets=1) as made:
        waived = await sell(made, {"name": "Sponsor"}, "pending_admissible")
        owed = await sell(made, {"name": "Later"}, "pending")
        text = _flat("".join(await pages_of(made, 0)))
        assert _flat(waived) in text
        assert _flat(owed) not in text
        assert "NOTPAID" not in text


async def test_who_owes_is_listed_where_gates_let_them_in_and_said_to_owe(
    tmp_path: Path, database_url: str
) -> None:
    """A gate says the debt before they pass; so does the list."""
    settings, zone = test_settings(database_url, tmp_path), {"admit_pending": True}
    async with open_ledger_office(settings, tickets=1, zone=zone) as made:
        assert "NOTPAID" not in _flat("".join(await pages_of(made, 0)))
        owed = await sell(made, {"name": "Later"}, "pending")
        text = _flat("".join(await pages_of(made, 0)))
        assert _flat(owed) in text
        assert "NOTPAID" in text


@pytest.mark.parametrize("depends_on_time", [False, True])
async def test_who_the_zones_rule_never_lets_in_is_on_no_list(
    tmp_path: Path, database_url: str, *, depends_on_time: bool
) -> None:
    """Nor would any gate let them in; what depends on when they come is said on each page."""
    vip = {"fact": "variant", "cmp": "in", "value": ["vip"]}
    settings = test_settings(database_url, tmp_path)
    zone = {"rule": {"all": [vip, ONCE_A_DAY] if depends_on_time else [vip]}}
    async with open_ledger_office(settings, tickets=2, zone=zone) as made:
        line = {"ticket_type_id": made.ticket_type_id, "quantity": 1, "variant": "vip"}
        body = {"lines": [line], "payment": "paid"}
        sold = await made.office.ok("POST", f"{made.path}/orders", made.owner, json=body)
        pages = [_flat(page) for page in await pages_of(made, 0)]
        assert _flat((await codes_of(made))[sold["tickets"][0]["id"]]) in "".join(pages)
        assert (await summary(made, 0))["tickets"] == 1
        assert all(("ITSOWNRULE" in page) is depends_on_time for page in pages)


async def test_of_a_pass_for_all_days_the_box_is_open_again_on_the_next_day(
    tmp_path: Path, database_url: str
) -> None:
    """Its zone lets in once a day: yesterday's entry is nobody's who stands there today."""
    settings, zone = test_settings(database_url, tmp_path), {"multiple_entries": True}
    async with open_ledger_office(settings, tickets=2, zone=zone | {"rule": ONCE_A_DAY}) as made:
        north = await made.enrol(0)
        await made.claimed(north, made.codes[0])
        assert await filled_boxes(made, 0) == [1, 2]
        made.office.clock.advance(6 * HOUR)
        assert await filled_boxes(made, 0) == [0, 2]
        assert (await made.claimed(north, made.codes[0]))["verdict"] == "admit"


async def test_where_all_come_and_go_as_they_like_no_box_is_filled(
    tmp_path: Path, database_url: str
) -> None:
    """No gate would send them away for an entry before."""
    settings, zone = test_settings(database_url, tmp_path), {"multiple_entries": True}
    async with open_ledger_office(settings, tickets=2, zone=zone) as made:
        north = await made.enrol(0)
        await made.claimed(north, made.codes[0])
        assert await filled_boxes(made, 0) == [0, 2]


async def filled_boxes(made: LedgerOffice, gate: int) -> list[int]:
    """Count the filled boxes of a gate's list, and all of them, as a viewer draws them."""
    address = f"{made.path}/gates/{made.gates[gate]}/fallback-list.pdf"
    answer = await made.office.call("GET", address, made.owner)
    document = pypdfium2.PdfDocument(answer.content)
    filled = boxes = 0
    for page in document:
        for one in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH]):
            left, low, right, top = one.get_bounds()
            if not 8 < right - left < 11 or not 8 < top - low < 11:
                continue
            fill, stroke = ctypes.c_int(), ctypes.c_int()
            pypdfium2.raw.FPDFPath_GetDrawMode(one, fill, stroke)
            boxes, filled = boxes + 1, filled + (fill.value != 0)
    document.close()
    return [filled, boxes]
