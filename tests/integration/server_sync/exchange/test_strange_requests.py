"""Requests that are none: every field, and broken bytes, are answered, and are never a fault."""

from __future__ import annotations

import json
import random
from typing import Any

import httpx
import msgspec
import pytest

from shared.kernel.instant import format_instant
from tests.factories.ledger_office import MSGPACK, GateDevice, LedgerOffice

IN_JSON: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    1 << 63,
    1 << 64,
    "",
    "\0",
    "\ud800",
    "x" * 70_000,
    [[]],
    {"a": 1},
)
IN_MSGPACK: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    1 << 63,
    -(1 << 63),
    "",
    "\0",
    b"\xff",
    [[]] * 3,
    [["a", -1]],
)
BROKEN_JSON = (
    b"",
    b"[" * 100_000,
    b'{"a":' * 3_000,
    b"\xff\xfe",
    b'{"code":"\xff"}',
    b'{"claim_id":"\\ud800"}',
    b'{"count":' + b"9" * 5_000 + b"}",
)
BROKEN_MSGPACK = (
    b"",
    b"\x91" * 200_000,
    b"\xdd\xff\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff",
    b"\xc1",
)
MUTATIONS = 15


async def post(
    office: LedgerOffice, device: GateDevice, path: str, content: bytes, kind: str = MSGPACK
) -> httpx.Response:
    """Send a body; whatever it is, the answer is no fault, and tells nobody the token."""
    headers = device.headers | {"content-type": kind}
    answer = await office.office.client.post(path, content=content, headers=headers)
    assert answer.status_code < 500, (path, content[:80], answer.text)
    assert device.token.encode() not in answer.content
    return answer


async def test_every_field_of_a_claim(
    ledger_office: LedgerOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong ones are named; neither code nor token gets into the log."""
    device = await ledger_office.enrol()
    sound: dict[str, Any] = {
        "code": ledger_office.codes[0],
        "gate_id": device.gate_id,
        "direction": "in",
        "claim_id": "c1",
        "scanned_at": format_instant(ledger_office.now),
        "count": 1,
        "pending_acknowledged": False,
        "manual": False,
        "id_checked": False,
        "tag_uid": None,
        "allotted": 0,
        "ticket_id": None,
    }
    for field in sound:
        for number, wrong in enumerate(IN_JSON):
            body = sound | {"claim_id": f"{field}-{number}"} | {field: wrong}
            content = json.dumps(body).encode()
            await post(ledger_office, device, "/sync/v1/claims", content, "application/json")
    for content in BROKEN_JSON:
        answer = await post(ledger_office, device, "/sync/v1/claims", content, "application/json")
        assert answer.status_code in {400, 422}
    written = capsys.readouterr()
    for secret in (device.token, ledger_office.codes[0]):
        assert secret not in written.out + written.err


async def test_every_field_of_what_is_sent_in_messagepack(ledger_office: LedgerOffice) -> None:
    """Exchanges, and what is brought for others; fields first, then torn bytes."""
    device = await ledger_office.enrol()
    ledger_office.scan(device, 0)
    entries = [[one.entry, one.signature] for one in device.journal.entries]
    event_id, shares = ledger_office.event_id, [[ledger_office.zone_id, 1]]
    sound: dict[str, list[Any]] = {
        "exchange": [1, event_id, 1, 0, None, entries, 1, 2_000, shares, device.gate_id],
        "relayed/claims": [1, device.id, b"{}", bytes(64)],
        "relayed/entries": [1, event_id, entries],
    }
    chance = random.Random(7)
    for name, body in sound.items():
        path = f"/sync/v1/{name}"
        for place in range(len(body)):
            for wrong in IN_MSGPACK:
                changed = [*body[:place], wrong, *body[place + 1 :]]
                await post(ledger_office, device, path, msgspec.msgpack.encode(changed))
        whole = msgspec.msgpack.encode(body)
        for _ in range(MUTATIONS):
            torn = bytearray(whole)
            place = chance.randrange(len(torn))
            torn[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
            await post(ledger_office, device, path, bytes(torn))
        for content in BROKEN_MSGPACK:
            assert (await post(ledger_office, device, path, content)).status_code == 400


WRONG_FIELDS: tuple[tuple[str, list[Any], str], ...] = (
    ("exchange", [9, "", 0, 0, None, [], 1], "v"),
    ("exchange", [9, {"of": "a later version"}], "v"),
    ("exchange", [1, "", 0, "far", None, [], 1], "cursor"),
    ("exchange", [1, "", 0, 0, None, [["entry"]], 1], "entries"),
    ("relayed/claims", [9, "dv", b"{}", bytes(64)], "v"),
    ("relayed/claims", [1, 7, b"{}", bytes(64)], "device_id"),
    ("relayed/entries", [9, "", []], "v"),
    ("relayed/entries", [1, "", 0], "entries"),
)


async def test_what_is_wrong_in_messagepack_is_named(ledger_office: LedgerOffice) -> None:
    """Nothing is taken of a version that is not understood; whoever sent it hears which one is."""
    device = await ledger_office.enrol()
    for path, body, field in WRONG_FIELDS:
        content = msgspec.msgpack.encode(body)
        answer = await post(ledger_office, device, f"/sync/v1/{path}", content)
        assert answer.status_code == 400
        [error] = answer.json()["errors"]
        assert error["field"] == field
        assert field != "v" or error["message"] == "Only version 1 is supported here."


@pytest.mark.parametrize("path", ["/sync/v1/claims", "/sync/v1/claims/", "/sync//v1/claims"])
async def test_claim_is_answered_alike_in_every_spelling_of_its_path(
    ledger_office: LedgerOffice, path: str
) -> None:
    """One way in: what is a long text at the plain path is no error of the caller's at another."""
    device = await ledger_office.enrol()
    claim = {
        "code": "9" * 1_500_000,
        "gate_id": device.gate_id,
        "direction": "in",
        "claim_id": "long",
        "scanned_at": format_instant(ledger_office.now),
    }
    content = msgspec.json.encode(claim)
    answer = await post(ledger_office, device, path, content, "application/json")
    assert answer.status_code == 200, answer.text
    assert answer.json()["reason"] == "malformed"
