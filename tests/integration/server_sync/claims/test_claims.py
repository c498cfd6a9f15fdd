"""Claims over HTTP, one at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from shared.credential.manual_code import format_manual_code
from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.instant import SECOND
from shared.wire.feed import Use
from tests.factories.ledger_office import LedgerOffice, open_ledger_office
from tests.factories.office import test_settings
from tests.factories.strength import sized


@pytest.mark.either_database
async def test_claim_admits_once_and_then_says_where_it_was_used(
    ledger_office: LedgerOffice,
) -> None:
    """The second claim of a single-entry ticket is denied and names gate and time of the first."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    first = await ledger_office.claimed(north, ledger_office.codes[0])
    second = await ledger_office.claimed(south, ledger_office.codes[0])
    assert (first["verdict"], first["reason"], first["remaining"]) == ("admit", "ok", 0)
    assert first["ticket_id"] == ledger_office.hex_of(0)
    assert (second["verdict"], second["reason"]) == ("deny", "already_used")
    assert second["next_step"]
    assert second["used"]["gate"] == "North"
    assert second["used"]["at"] == first["at"]


@pytest.mark.either_database
async def test_claim_of_a_known_id_gets_the_same_answer(ledger_office: LedgerOffice) -> None:
    """A retry is answered word for word as the first try, admitted or denied."""
    gate = await ledger_office.enrol()
    for claim_id, code in (("a", ledger_office.codes[0]), ("b", "4" * 200), ("c", "garbage")):
        first = await ledger_office.claim(gate, code, ClaimId(claim_id))
        ledger_office.office.clock.advance(SECOND)
        again = await ledger_office.claim(gate, code, ClaimId(claim_id))
        assert first.status_code == again.status_code == 200
        assert first.content == again.content


@pytest.mark.either_database
@pytest.mark.parametrize("reused", ["claim-a", "claim-b"])
async def test_claim_is_refused_when_its_id_asked_something_else(
    ledger_office: LedgerOffice, reused: ClaimId
) -> None:
    """An id that was used for another code, admitted or denied, is answered 409."""
    gate = await ledger_office.enrol()
    await ledger_office.claimed(gate, ledger_office.codes[0], "claim-a")
    await ledger_office.claimed(gate, "no ticket", "claim-b")
    answer = await ledger_office.claim(gate, ledger_office.codes[1], reused)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("claim-id-reused")
    later = await ledger_office.claimed(gate, ledger_office.codes[1])
    assert later["verdict"] == "admit"


NO_TICKETS = ("", "7", "9" * 200, "1" * 199, "😀" * 40, "\t\n", "x" * 1_000_000, "´\u202e" * 9)


@pytest.mark.either_database
async def test_claim_denies_every_text_that_is_no_ticket(ledger_office: LedgerOffice) -> None:
    """Whatever a scanner reads is answered with a verdict, never with an error."""
    gate = await ledger_office.enrol()
    for code in NO_TICKETS:
        answer = await ledger_office.claimed(gate, code)
        assert answer["verdict"] == "deny", code[:9]
        assert answer["reason"] in {"malformed", "unknown_ticket", "unknown_key"}, code[:9]


@pytest.mark.either_database
async def test_claim_denies_each_altered_digit(ledger_office: LedgerOffice) -> None:
    """A genuine code with one digit changed admits nobody."""
    gate = await ledger_office.enrol()
    code = ledger_office.codes[0]
    for place in (5, 60, 120, 199):
        changed = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        answer = await ledger_office.claimed(gate, changed)
        assert answer["reason"] in {"bad_signature", "unknown_key", "malformed"}


WRONG_FIELDS: tuple[tuple[str, Any, int], ...] = (
    ("scanned_at", "yesterday", 422),
    ("direction", "sideways", 422),
    ("direction", "in\n", 422),
    ("count", 0, 422),
    ("claim_id", "", 422),
    ("claim_id", "a\0b", 422),
    ("gate_id", "gt_nowhere", 404),
    ("gate_id", "gt\0", 422),
    ("surprise", 1, 422),
)


@pytest.mark.either_database
async def test_claim_names_what_is_wrong_with_its_fields(ledger_office: LedgerOffice) -> None:
    """A mistake of the caller's program is a problem that names the field."""
    gate = await ledger_office.enrol()
    for field, value, status in WRONG_FIELDS:
        answer = await ledger_office.claim(gate, ledger_office.codes[0], **{field: value})
        assert answer.status_code == status, (field, value, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    fine = await ledger_office.claimed(gate, ledger_office.codes[0])
    assert fine["verdict"] == "admit"


@pytest.mark.either_database
async def test_claim_needs_a_known_token(ledger_office: LedgerOffice) -> None:
    """No token, a wrong one and a person's one are all answered 401."""
    gate = await ledger_office.enrol()
    for token in ("", "Bearer gkd_wrong", "Basic x", ledger_office.owner.headers["authorization"]):
        answer = await ledger_office.office.client.post(
            "/sync/v1/claims", json={}, headers={"authorization": token}
        )
        assert answer.status_code == 401
        assert answer.json()["type"].endswith("unauthenticated")
    assert (await ledger_office.claim(gate, ledger_office.codes[0])).status_code == 200


@pytest.mark.either_database
async def test_revoked_device_never_claims_again(ledger_office: LedgerOffice) -> None:
    """Revocation acts at once, also while the worker still remembers the token."""
    gate = await ledger_office.enrol()
    await ledger_office.claimed(gate, ledger_office.codes[0])
    path = f"{ledger_office.owner.path}/devices/{gate.id}/revoke"
    await ledger_office.office.ok("POST", path, ledger_office.owner, json={"reason": "stolen"})
    answer = await ledger_office.claim(gate, ledger_office.codes[1])
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("device-revoked")


@pytest.mark.either_database
async def test_claim_at_another_organizations_gate_finds_nothing(
    ledger_office: LedgerOffice,
) -> None:
    """A gate of another organization does not exist for a device."""
    gate = await ledger_office.enrol()
    office = ledger_office.office
    stranger = await office.person("owner")
    event_id = await office.event(stranger)
    path = f"{stranger.path}/events/{event_id}"
    zone = await office.ok("POST", f"{path}/zones", stranger, json={"name": "Z"})
    body = {"name": "G", "zone_id": zone["id"]}
    other = await office.ok("POST", f"{path}/gates", stranger, json=body)
    answer = await ledger_office.claim(gate, ledger_office.codes[0], gate_id=other["id"])
    assert answer.status_code == 404


@pytest.mark.either_database
async def test_claim_takes_a_manual_code_and_limits_guesses(ledger_office: LedgerOffice) -> None:
    """A typed code admits; after ten wrong ones a person must look, even at a right one."""
    gate = await ledger_office.enrol()
    shown = await ledger_office.office.ok(
        "GET",
        f"{ledger_office.path}/tickets/{ledger_office.hex_of(3)}/credential",
        ledger_office.owner,
    )
    first = await ledger_office.claimed(gate, shown["manual_code"].lower(), manual=True)
    assert (first["verdict"], first["ticket_id"]) == ("admit", ledger_office.hex_of(3))
    for guess in range(10):
        wrong = await ledger_office.claimed(gate, format_manual_code(guess), manual=True)
        assert wrong["reason"] == "unknown_ticket"
    stopped = await ledger_office.claimed(gate, shown["manual_code"], manual=True)
    assert (stopped["verdict"], stopped["reason"]) == ("refer", "supervisor")


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("purpose", "is_typed"),
    [
        ("admission", False),
        ("hand_over", True),
        *sized([], [("admission", True), ("hand_over", False)]),
    ],
)
async def test_codes_that_nobody_has_are_limited_at_gate_and_till(
    ledger_office: LedgerOffice, purpose: str, *, is_typed: bool
) -> None:
    """Keyed in, also of another box office, and manual ones however they came in, all at once."""
    device = await ledger_office.enrol()
    more = {"manual": is_typed, "purpose": purpose}
    if purpose != "admission":
        more["gate_id"] = ""
    shown = await ledger_office.office.ok(
        "GET",
        f"{ledger_office.path}/tickets/{ledger_office.hex_of(3)}/credential",
        ledger_office.owner,
    )
    texts = [f"FEST-{n}" if is_typed else format_manual_code(n) for n in range(13)]
    at_once = (ledger_office.claimed(device, text, **more) for text in texts)
    wrong = Counter(one["reason"] for one in await asyncio.gather(*at_once))
    assert wrong == {"unknown_ticket": 10, "supervisor": 3}
    for text in (shown["manual_code"], format_manual_code(99), *["FEST-99"] * is_typed):
        stopped = await ledger_office.claimed(device, text, **more)
        assert (stopped["reason"], stopped["ticket_id"]) == ("supervisor", None)
    scanned = await ledger_office.claimed(device, "FEST-99", **more | {"manual": False})
    assert scanned["reason"] == "unknown_ticket"
    signed = await ledger_office.claimed(device, ledger_office.codes[3], **more)
    assert signed["verdict"] == "admit"


@pytest.mark.either_database
async def test_claim_sees_a_ticket_blocked_a_moment_ago(ledger_office: LedgerOffice) -> None:
    """What the organizer changes decides the very next claim."""
    gate = await ledger_office.enrol()
    path = f"{ledger_office.path}/tickets/{ledger_office.hex_of(0)}/block"
    await ledger_office.office.ok("PUT", path, ledger_office.owner, json={"blocked": True})
    answer = await ledger_office.claimed(gate, ledger_office.codes[0])
    assert answer["reason"] == "blocked"


async def test_claim_follows_a_changed_plan_at_once(ledger_office: LedgerOffice) -> None:
    """A zone that takes no ticket type from now on denies the next claim."""
    gate = await ledger_office.enrol()
    await ledger_office.claimed(gate, ledger_office.codes[0])
    terms = {"name": "Arena", "occurrence_id": ledger_office.occurrence_id, "ticket_type_ids": []}
    path = f"{ledger_office.path}/zones/{ledger_office.zone_id}"
    await ledger_office.office.ok("PUT", path, ledger_office.owner, json=terms)
    answer = await ledger_office.claimed(gate, ledger_office.codes[1])
    assert answer["reason"] == "wrong_ticket_type"


@pytest.mark.either_database
async def test_admission_is_told_by_the_feed(ledger_office: LedgerOffice) -> None:
    """The answer's sequence is the use's place in the feed."""
    gate = await ledger_office.enrol()
    answers = [await ledger_office.claimed(gate, code) for code in ledger_office.codes[:3]]
    feed = await ledger_office.read_feed(gate)
    for number, answer in enumerate(answers):
        use = feed[answer["sequence"] - 1]
        assert isinstance(use, Use)
        assert use.ticket_id == ledger_office.tickets[number]
        assert use.claim_id == answer["claim_id"]


@pytest.mark.either_database
async def test_home_policy_sends_others_to_the_homes_gate(
    tmp_path: Path, database_url: str
) -> None:
    """Under `home` only the ticket's home device is granted; others are told its gate."""
    settings = test_settings(database_url, tmp_path)
    async with open_ledger_office(settings, policy={"offline_policy": "home"}) as office:
        home, other = await office.enrol(0), await office.enrol(1)
        await set_home(office, 0, DeviceId(home.id))
        sent = await office.claimed(other, office.codes[0])
        assert (sent["verdict"], sent["reason"]) == ("deny", "offline_policy")
        assert (sent["use_gate"], sent["remaining"]) == (home.gate_id, 1)
        assert (await office.claimed(home, office.codes[0]))["verdict"] == "admit"
        homeless = await office.claimed(other, office.codes[1])
        assert homeless["verdict"] == "admit", "a ticket without a home is the ledger's"


async def set_home(office: LedgerOffice, ticket: int, device_id: DeviceId) -> None:
    """Give a ticket its home device."""
    from server.homes.telling_gates_of_tickets import LedgerFeed
    from server.ticketing.finding_and_changing_tickets import set_homes

    async with office.office.context.write(office.owner.organization_id) as unit:
        await set_homes(unit, LedgerFeed(), office.event_id, {office.tickets[ticket]: device_id})


@pytest.mark.either_database
async def test_full_zone_admits_nobody_until_somebody_leaves(
    tmp_path: Path, database_url: str
) -> None:
    """Capacity counts persons over all gates; an exit makes room."""
    settings = test_settings(database_url, tmp_path)
    async with open_ledger_office(settings, zone={"capacity": 3}) as office:
        north, south = await office.enrol(0), await office.enrol(1)
        for number in range(3):
            gate = (north, south)[number % 2]
            assert (await office.claimed(gate, office.codes[number]))["verdict"] == "admit"
        full = await office.claimed(south, office.codes[3])
        assert (full["reason"], full["remaining"]) == ("capacity_full", 1)
        await office.claimed(north, office.codes[0], direction="out")
        assert (await office.claimed(south, office.codes[3]))["verdict"] == "admit"


@pytest.mark.either_database
async def test_proof_is_asked_for_and_the_same_claim_goes_on(
    tmp_path: Path, database_url: str
) -> None:
    """A type that wants proof refers; with the proof seen, the same claim id is admitted."""
    settings = test_settings(database_url, tmp_path)
    async with open_ledger_office(settings, ticket_type={"check_id": True}) as office:
        gate = await office.enrol()
        asked = await office.claimed(gate, office.codes[0], "one")
        assert (asked["verdict"], asked["reason"]) == ("refer", "check_id")
        seen = await office.claimed(gate, office.codes[0], "one", id_checked=True)
        assert (seen["verdict"], seen["remaining"]) == ("admit", 0)
