"""Entry paused by the organizer: whom the ledger lets wait, which gates hear, what counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.credential.manual_code import format_manual_code
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import MINUTE, SECOND, format_instant
from shared.wire.feed import ConfigChange
from tests.factories.ledger_office import LedgerOffice
from tests.factories.office import Person
from tests.factories.strength import sized
from tests.factories.wired_gates import open_gate
from tests.integration.server_sync.evacuations.test_ordered_evacuations import PASSWORD, order

WAIT = ("deny", "rules_denied", "")


async def say(
    office: LedgerOffice,
    method: str,
    place: str,
    *,
    status: int = 204,
    by: Person | None = None,
) -> None:
    """Pause (PUT) or resume (DELETE) entry at a gate or a zone."""
    kind = "zones" if place.startswith("zn_") else "gates"
    path = f"{office.path}/{kind}/{place}/pause"
    answer = await office.office.call(method, path, by or office.owner)
    assert answer.status_code == status, answer.text


async def pauses(office: LedgerOffice) -> list[dict[str, Any]]:
    """List them."""
    found: list[dict[str, Any]] = await office.office.ok(
        "GET", f"{office.path}/pauses", office.owner
    )
    return found


async def told(office: LedgerOffice) -> tuple[Any, ...]:
    """Return what the live board says of gates: the paused ones."""
    board = await office.office.ok("GET", f"{office.path}/live", office.owner)
    return tuple(one["name"] for one in board["gates"] if one["paused_at"])


@pytest.mark.parametrize(
    ("role", "is_zone"),
    [("gate", False), ("scanner", True), *sized([], [("gate", True), ("scanner", False)])],
)
async def test_the_ledger_lets_nobody_in_from_the_commit_on(
    ledger_office: LedgerOffice, role: str, *, is_zone: bool
) -> None:
    """Thin scanners are told to wait as gates are; what was granted stays so; nothing is spent."""
    made = ledger_office
    north, south = await made.enrol(0, role=role), await made.enrol(1, role=role)
    inside, waiting, other = made.codes[:3]
    first = await made.claimed(north, inside, ClaimId("first"))
    place = str(made.zone_id) if is_zone else made.gates[0]
    await say(made, "PUT", place)
    since = format_instant(made.now)
    made.office.clock.advance(MINUTE)

    answer = await made.claimed(north, waiting, ClaimId("waits"))
    assert (answer["verdict"], answer["reason"], answer["stop"]) == WAIT
    assert (answer["paused_at"], answer["remaining"]) == (since, 1)
    assert answer["next_step"] == "Entry is paused by the organizer: ask the holder to wait."
    assert await made.claimed(north, waiting, ClaimId("waits")) == answer, "the same claim"
    assert await made.claimed(north, inside, ClaimId("first")) == first, "it was granted"
    elsewhere = await made.claimed(south, other)
    assert (elsewhere["verdict"], bool(elsewhere["paused_at"])) == (
        ("deny", True) if is_zone else ("admit", False)
    )
    assert (await made.claimed(north, inside, direction="out"))["reason"] == "exit"
    assert await told(made) == (("North", "South") if is_zone else ("North",))

    await say(made, "DELETE", place)
    assert (await made.claimed(north, waiting))["reason"] == "ok"
    assert await told(made) == ()
    assert await made.conflicts() == []


@pytest.mark.either_database
async def test_a_press_too_many_changes_nothing(ledger_office: LedgerOffice) -> None:
    """Paused twice it is paused once, since then; a gate is open when its zone is as well."""
    made, gate, zone = ledger_office, ledger_office.gates[0], str(ledger_office.zone_id)
    north = await made.enrol(0)
    heads = []

    async def press(method: str, place: str) -> None:
        await say(made, method, place)
        board = await made.office.ok("GET", f"{made.path}/live", made.owner)
        heads.append(board["head"])

    await press("DELETE", gate)
    assert await pauses(made) == []
    await press("PUT", gate)
    (one,) = await pauses(made)
    made.office.clock.advance(MINUTE)
    await press("PUT", gate)
    assert [(p["since"], p["until"]) for p in await pauses(made)] == [(one["since"], None)]
    assert (one["gate_id"], one["zone_id"]) == (gate, None)
    await press("PUT", zone)
    await press("DELETE", gate)
    assert (await made.claimed(north, made.codes[0]))["verdict"] == "deny"
    await press("DELETE", zone)
    await press("DELETE", zone)
    first = heads[0]
    assert [head - first for head in heads] == [0, 1, 1, 2, 3, 4, 4], "told once each, at once"
    assert (await made.claimed(north, made.codes[0]))["verdict"] == "admit"
    (change,) = [one for one in await made.read_feed(north) if isinstance(one, ConfigChange)]
    assert change.config.pauses == ()


@pytest.mark.either_database
async def test_managers_pause_and_nobody_at_places_of_others(ledger_office: LedgerOffice) -> None:
    """Whoever may edit a running event; a place that is not there is not found."""
    made, gate = ledger_office, ledger_office.gates[0]
    people = {
        role: await made.office.person(role, organization_id=made.owner.organization_id)
        for role in ("manager", "box_office")
    }
    await say(made, "PUT", gate, status=403, by=people["box_office"])
    await say(made, "PUT", gate, by=people["manager"])
    await say(made, "PUT", "gt_nowhere", status=404)
    await say(made, "PUT", "zn_nowhere", status=404)
    stranger = await made.office.person("owner")
    await say(made, "DELETE", gate, status=404, by=stranger)
    assert len(await pauses(made)) == 1


@pytest.mark.either_database
async def test_a_gate_that_has_not_heard_is_named_until_it_says_so(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Whom to call by radio, of the pause and of its end; who never heard of it needs no call."""
    made = ledger_office
    north = await open_gate(made, tmp_path / "north", 0)
    south = await open_gate(made, tmp_path / "south", 1)
    for gate in (north, south):
        await gate.sync()
    made.office.clock.advance(MINUTE)

    async def heard() -> dict[str, bool]:
        (one,) = await pauses(made)
        return {device["device_id"]: device["has_heard"] for device in one["devices"]}

    await say(made, "PUT", str(made.zone_id))
    assert await heard() == {north.id: False, south.id: False}
    await south.cut()
    for _ in range(2):  # one brings the word, the next says that it is known
        made.office.clock.advance(3 * SECOND)
        await north.sync()
    assert await heard() == {north.id: True, south.id: False}
    assert (await south.scan(made.codes[1])).reason == "ok", "it goes on until it hears"
    waits = await north.scan(made.codes[2])
    assert (waits.verdict, waits.stop) == ("deny", "paused")

    await north.cut()
    await say(made, "DELETE", str(made.zone_id))
    assert (await north.scan(made.codes[2])).stop == "paused", "nor does it hear of the end"
    (over,) = await pauses(made)
    assert over["until"] is not None
    assert [device["device_id"] for device in over["devices"]] == [north.id]
    for _ in range(2):
        made.office.clock.advance(3 * SECOND)
        await north.mend()
        await south.mend()
    assert await pauses(made) == []
    assert (await north.scan(made.codes[2])).reason == "ok"
    assert await made.conflicts() == [], "who was let in by a gate that had not heard is no excess"
    for gate in (north, south):
        await gate.session.close()


@pytest.mark.either_database
async def test_a_paused_gate_that_is_removed_leaves_nothing(ledger_office: LedgerOffice) -> None:
    """Its pause goes with it, and an event that is copied has none."""
    made = ledger_office
    body = {"name": "Side door", "zone_id": made.zone_id}
    gate = await made.office.ok("POST", f"{made.path}/gates", made.owner, json=body)
    await say(made, "PUT", gate["id"])
    await say(made, "PUT", made.gates[0])
    await made.office.ok("DELETE", f"{made.path}/gates/{gate['id']}", made.owner)
    assert [one["gate_id"] for one in await pauses(made)] == [made.gates[0]]
    first_day = {"name": "Next year", "first_day": "2999-01-01"}
    copy = await made.office.ok("POST", f"{made.path}/copy", made.owner, json=first_day)
    path = f"{made.owner.path}/events/{copy['id']}/pauses"
    assert await made.office.ok("GET", path, made.owner) == []


@pytest.mark.either_database
@pytest.mark.parametrize("stops", ["pause", "evacuation"])
async def test_nobody_learns_by_trying_at_a_closed_gate_which_codes_are_good(
    ledger_office: LedgerOffice, stops: str
) -> None:
    """A manual code that a ticket has is answered as one that none has, as often as is asked."""
    made = ledger_office
    scanner = await made.enrol(0, role="scanner")
    listed = await made.office.ok("GET", f"{made.path}/tickets", made.owner)
    good = listed["items"][0]["manual_code"]
    if stops == "pause":
        await say(made, "PUT", made.gates[0])
    else:
        await made.office.give_password(made.owner, PASSWORD)
        await order(made, "stop")
    tried = [format_manual_code(guess) for guess in range(20)]
    told = [await made.claimed(scanner, code, manual=True) for code in (good, *tried, good)]
    for one in told:
        assert one.pop("claim_id")
        assert one["reason"] == "rules_denied"
    assert all(one == told[0] for one in told), "it tells of no ticket"
    if stops == "pause":
        await say(made, "DELETE", made.gates[0])
        assert (await made.claimed(scanner, good, manual=True))["reason"] == "ok", "none counted"


@pytest.mark.either_database
async def test_exits_that_are_tried_in_an_evacuation_are_counted(
    ledger_office: LedgerOffice,
) -> None:
    """They tell which codes are good: too many tell nothing more, and everybody goes out."""
    made = ledger_office
    scanner = await made.enrol(0, role="scanner")
    listed = await made.office.ok("GET", f"{made.path}/tickets", made.owner)
    good = listed["items"][0]["manual_code"]
    await made.office.give_password(made.owner, PASSWORD)
    (stop,) = await order(made, "stop")
    tried = [format_manual_code(guess) for guess in range(10)]
    for code, said in [(good, "exit"), *((code, "unknown_ticket") for code in tried)]:
        left = await made.claimed(scanner, code, manual=True, direction="out")
        assert left["reason"] == said
    more = [good, format_manual_code(10), made.codes[1]]
    left, unknown, signed = [
        await made.claimed(scanner, code, manual=True, direction="out") for code in more
    ]
    for one in (left, unknown):
        assert one.pop("claim_id")
    assert left == unknown, "it tells of no ticket"
    assert (left["reason"], left["stop"]) == ("supervisor", "evacuation")
    assert "everybody out" in left["next_step"]
    assert signed["reason"] == "exit", "that is no guess"
    await order(made, "return", evacuation_id=stop["evacuation_id"])
    assert (await made.claimed(scanner, good, manual=True))["reason"] == "supervisor"
