"""Tills by lines against a real server: cut off, killed, oversold never, booked to the cent."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.demo.event import make_enrolment_line
from gatekeeper.organizer.server_api import ServerApi
from tests.e2e.gate_process import gatekeeper
from tests.e2e.site import Site, open_site, scanned, synced
from tests.factories import programs
from tests.factories.strength import sized

PRICE = 2_500
TILLS = sized(2, 3)
RIGHTS = ("sell", "comp", "see_expected")
REFUND_MINOR = 20_000
BOOKED_S = 120.0
NOWHERE = 1
"""A port on which nobody listens."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run one server for all tests of this file."""
    with open_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
def cashier(site: Site) -> str:
    """Let somebody sell, and give away."""

    async def add(office: ServerApi) -> Any:
        root = f"/organizations/{site.evening.site.organization_id}"
        return await office.post(
            f"{root}/cashiers",
            {
                "name": "Mara",
                "rights": dict.fromkeys(RIGHTS, True) | {"refund_minor": REFUND_MINOR},
            },
        )

    return str(site.ask(add)["cashier"]["id"])


def new_till(site: Site, name: str) -> Path:
    """Enrol a till, behind the middleman."""
    line = site.ask(lambda office: make_enrolment_line(office, site.evening.site, "till", None))
    folder = site.folder / name
    line = line.replace(f":{site.server.port} ", f":{site.man.port} ")
    done = gatekeeper("enrol", "--code", line, "--profile", folder)
    assert done.returncode == 0, done.stderr
    synced(folder)
    return folder


@contextmanager
def cut(site: Site) -> Iterator[None]:
    """Let nothing through to the server."""
    port, site.man.server_port = site.man.server_port, NOWHERE
    try:
        yield
    finally:
        site.man.server_port = port


def spoken(folder: Path, lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send requests, and return the answers: one for each."""
    feed = "".join(json.dumps(line) + "\n" for line in lines).encode()
    done = gatekeeper("till", "--profile", folder, "--lines", feed=feed)
    assert done.returncode == 0, done.stderr.decode()
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines)
    return answers


def sale(cashier: str, count: int, *tenders: dict[str, Any]) -> dict[str, Any]:
    """Ask for standing tickets, in exact cash unless tenders are named."""
    basket = [{"type": 1, "count": count}]
    return {"sell": basket, "tenders": list(tenders or ({"kind": "cash"},)), "cashier": cashier}


def orders_of(site: Site, awaited: int = 0) -> list[dict[str, Any]]:
    """Return the box office's orders as the books have them, once there are so many.

    A till that was cut off is answered before all that it sold is booked.
    """
    path = f"{site.evening.site.path}/orders"

    async def look(office: ServerApi) -> list[dict[str, Any]]:
        async with asyncio.timeout(BOOKED_S):
            while True:
                orders = await office.list_all(path)
                found = [order for order in orders if order["channel"] == "box_office"]
                if len(found) >= awaited:
                    return found
                await asyncio.sleep(0.1)

    return site.ask(look)


def conflicts_of(site: Site) -> list[dict[str, Any]]:
    """Return what an organizer sees."""
    return site.ask(lambda office: office.list_all(f"{site.evening.site.path}/conflicts"))


def test_cut_off_tills_sell_what_they_were_granted_and_a_cut_off_gate_admits_all_of_it(
    site: Site, cashier: str
) -> None:
    """Never more than there is; each receipt is one order, and the drawers hold the money."""
    tills = [new_till(site, f"till-{number}") for number in range(TILLS)]
    gate = site.new_gate()
    opening = {"shift": "open", "amount_minor": 10_000, "cashier": cashier}
    granted = 0
    for till in tills:
        opened, stock = spoken(till, [opening, {"stock": True}])
        assert opened["ok"], opened
        granted += stock["stock"][0]["left"]
    assert 0 < granted <= 500
    synced(gate)
    sold: list[dict[str, Any]] = []
    with cut(site):
        for till in tills:
            answers = spoken(
                till,
                [
                    sale(cashier, 40, {"kind": "cash", "amount_minor": 100_000}),
                    sale(cashier, 3, {"kind": "card", "amount_minor": 500}, {"kind": "cash"}),
                    sale(cashier, 2, {"kind": "comp"}) | {"reason": "artist"},
                    *[sale(cashier, 40) for _ in range(6)],
                    *[sale(cashier, 1) for _ in range(45)],
                    {"shift": "x", "cashier": cashier},
                ],
            )
            done = [one for one in answers[:-1] if one["ok"]]
            assert {one["reason"] for one in answers if not one["ok"]} == {"grant_used_up"}
            assert [one["receipt_number"] for one in done] == list(range(1, len(done) + 1))
            taken = sum(one["total_minor"] for one in done)
            assert answers[-1]["expected_minor"] == 10_000 + taken - 500
            sold += done
        tickets = [ticket for one in sold for ticket in one["tickets"]]
        assert len(tickets) == granted
        verdicts = scanned(gate, *[ticket["digits"] for ticket in tickets])
        assert {one["reason"] for one in verdicts} == {"ok"}
    for till in tills:
        assert synced(till)["pending"] == 0
    synced(gate)
    orders = orders_of(site, len(sold))
    assert sorted(order["total_minor"] for order in orders) == sorted(
        one["total_minor"] for one in sold
    )
    assert conflicts_of(site) == []
    rows = asyncio.run(site.server.fetch("SELECT sum(total_minor) FROM order_line"))
    paid_for = len(tickets) - 2 * TILLS
    assert rows[0][0] == PRICE * (paid_for + len(site.codes))
    assert sum(one["total_minor"] for one in sold) == PRICE * paid_for


def test_till_that_is_killed_again_and_again_has_on_disk_whatever_it_answered(
    site: Site, cashier: str
) -> None:
    """No answered receipt is missing, none is there twice, and each is one order."""
    till = new_till(site, "till-killed")
    opening = {"shift": "open", "amount_minor": 0, "cashier": cashier}
    before = len(orders_of(site))
    answered: list[int] = []
    for turn in range(sized(3, 6)):
        lines = ([opening] if turn == 0 else []) + [sale(cashier, 1)] * 50
        answered += killed(till, lines, after=4 + 3 * turn)
    (last,) = spoken(till, [sale(cashier, 1)])
    if last["ok"]:
        answered.append(last["receipt_number"])
    assert answered == sorted(set(answered))
    numbers = len(orders_of(site, before + max(answered))) - before
    assert numbers >= len(answered)
    assert max(answered) == numbers
    assert conflicts_of(site) == []


def killed(folder: Path, lines: Sequence[dict[str, Any]], after: int) -> list[int]:
    """Kill a till once it has answered so many lines; returns the receipts that it told."""
    told: list[int] = []
    words: programs.Words = [programs.GATEKEEPER, "till", "--profile", folder, "--lines"]
    with programs.start(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write("".join(json.dumps(line) + "\n" for line in lines).encode())
        program.stdin.flush()
        for number, line in enumerate(program.stdout, start=1):
            answer = json.loads(line)
            if "receipt_number" in answer:
                told.append(answer["receipt_number"])
            if number == after:
                program.kill()
                break
    return told


def test_what_was_sold_is_taken_back_once_and_the_drawer_adds_up(site: Site, cashier: str) -> None:
    """A void, a refund and a reprint: what was taken back admits nobody, and is paid back once."""
    till = new_till(site, "till-back")
    gate = site.new_gate()
    opening = {"shift": "open", "amount_minor": 10_000, "cashier": cashier}
    _, whole, two, one = spoken(
        till,
        [opening, *[sale(cashier, count) for count in (2, 2, 1)]],
    )
    assert whole["ok"], whole
    returned, kept = two["tickets"]
    by = {"cashier": cashier}
    void, again, refund, twice, reprint, unnamed, much, x = spoken(
        till,
        [
            {"void": whole["sale_id"]} | by,
            {"void": whole["sale_id"]} | by,
            {"refund": [returned["ticket_id"]], "reason": "ill"} | by,
            {"refund": [returned["ticket_id"]], "reason": "ill"} | by,
            {"reprint": one["tickets"][0]["ticket_id"]} | by,
            {"refund": ["00000000000000aa"], "reason": "ill"} | by,
            {"refund": [kept["ticket_id"]], "reason": "ill", "cashier": "ca_nobody"},
            {"shift": "x"} | by,
        ],
    )
    assert (void["ok"], void["paid_out_minor"], void["tender"]) == (True, 2 * PRICE, "cash")
    assert (again["ok"], again["reason"], again["paid_out_minor"]) == (False, "cancelled", 0)
    assert (refund["ok"], refund["paid_out_minor"]) == (True, PRICE)
    assert (twice["ok"], twice["reason"]) == (False, "cancelled")
    assert reprint["ok"], reprint
    assert (unnamed["reason"], much["reason"]) == ("unknown_ticket", "not_allowed")
    assert x["expected_minor"] == 10_000 + 5 * PRICE - 3 * PRICE
    assert synced(till)["pending"] == 0, "a busy machine's till may end before it has told all"
    synced(gate)
    reasons = [
        answer["reason"]
        for answer in scanned(
            gate,
            *[ticket["digits"] for ticket in whole["tickets"]],
            returned["digits"],
            kept["digits"],
            one["tickets"][0]["digits"],
            reprint["tickets"][0]["digits"],
        )
    ]
    assert reasons == ["cancelled"] * 3 + ["ok", "superseded", "ok"]
    assert conflicts_of(site) == []


def test_voucher_pays_at_a_connected_till_and_is_whole_again_after_a_void(
    site: Site, cashier: str
) -> None:
    """By lines, over real HTTP: not where the cable is cut, and never more than is on it."""
    till = new_till(site, "till-vouchers")
    root = f"/organizations/{site.evening.site.organization_id}/vouchers"
    (made,) = site.ask(lambda office: office.post(root, {"value_minor": 2 * PRICE}))
    voucher = {"kind": "voucher", "code": made["code"]}

    def left() -> int:
        found = site.ask(lambda office: office.post(f"{root}/check", {"code": made["code"]}))
        return int(found["value_minor"] - found["spent_minor"])

    opening = {"shift": "open", "amount_minor": 0, "cashier": cashier}
    _, paid, much = spoken(till, [opening, sale(cashier, 1, voucher), sale(cashier, 2, voucher)])
    assert paid["ok"], paid
    assert (much["ok"], much["reason"]) == (False, "payment_declined")
    assert left() == PRICE
    with cut(site):
        (alone,) = spoken(till, [sale(cashier, 1, voucher)])
    assert (alone["ok"], alone["reason"]) == (False, "no_vouchers")
    void, x = spoken(
        till, [{"void": paid["sale_id"], "cashier": cashier}, {"shift": "x", "cashier": cashier}]
    )
    assert (void["ok"], void["tender"], void["paid_out_minor"]) == (True, "voucher", PRICE), void
    assert x["expected_minor"] == 0
    synced(till)
    assert left() == 2 * PRICE
    assert conflicts_of(site) == []


def test_sale_in_parts_goes_back_as_it_was_paid(site: Site, cashier: str) -> None:
    """Without a supervisor: cash in cash, the voucher's onto it, and no part beyond itself."""
    till = new_till(site, "till-parts")
    root = f"/organizations/{site.evening.site.organization_id}/vouchers"
    (made,) = site.ask(lambda office: office.post(root, {"value_minor": 2 * PRICE}))

    def left() -> int:
        found = site.ask(lambda office: office.post(f"{root}/check", {"code": made["code"]}))
        return int(found["value_minor"] - found["spent_minor"])

    by = {"cashier": cashier}
    voucher = {"kind": "voucher", "code": made["code"], "amount_minor": 3_000}
    paid = ({"kind": "card", "amount_minor": 700}, voucher, {"kind": "cash"})
    _, first, second = spoken(
        till,
        [
            {"shift": "open", "amount_minor": 0} | by,
            sale(cashier, 2, *paid),
            sale(cashier, 1, *paid[1:]),
        ],
    )
    assert first["ok"], first
    assert not second["ok"], "a voucher pays no more than there is to pay"
    tickets = [one["ticket_id"] for one in first["tickets"]]
    unnamed, one, other, x, last = spoken(
        till,
        [
            {"refund": tickets[:1], "reason": "ill"} | by,
            {"refund": tickets[:1], "reason": "ill", "tender": "split"} | by,
            {"refund": tickets[1:], "reason": "ill", "tender": "split"} | by,
            {"shift": "x"} | by,
            {"last": True},
        ],
    )
    assert unnamed["reason"] == "wrong_tender"
    assert (one["ok"], one["paid_out_by"]) == (True, {"cash": 1_300, "voucher": 1_200})
    assert (other["ok"], other["paid_out_by"]) == (True, {"voucher": 1_800, "card": 700})
    assert x["expected_minor"] == 0
    assert sum(last["last"]["paid_out_by"].values()) == 2 * PRICE
    synced(till)
    assert left() == 2 * PRICE
    assert conflicts_of(site) == []


def test_gate_s_folder_sells_nothing(site: Site) -> None:
    """It says what to do, and exits with the status of wrong use."""
    done = gatekeeper("till", "--profile", site.new_gate(), "--lines", feed=b'{"stock": true}\n')
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"enrol a device with the role till" in done.stderr


def test_the_first_sale_after_the_servers_death_says_that_nobody_was_reached(
    site: Site, cashier: str
) -> None:
    """No exchange has failed yet: each answer says what holds then, and not what held before."""
    folder = new_till(site, "till-of-a-dead-server")
    words = (programs.GATEKEEPER, "till", "--profile", folder, "--lines")
    pipe = subprocess.PIPE
    with programs.start(words, stdin=pipe, stdout=pipe, is_text=True) as till:
        stdin, stdout = till.stdin, till.stdout
        assert stdin is not None
        assert stdout is not None

        def say(line: dict[str, Any]) -> str:
            stdin.write(json.dumps(line) + "\n")
            stdin.flush()
            answer = json.loads(stdout.readline())
            assert answer["ok"], answer
            return str(answer["mode"])

        opening = {"shift": "open", "amount_minor": 10_000, "cashier": cashier}
        assert [say(opening), say(sale(cashier, 1))] == ["online", "online"]
        with cut(site):
            assert say(sale(cashier, 1)) == "offline"
    assert till.returncode == 0
