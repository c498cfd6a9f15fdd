"""A stranger on the internet: can reach the server; no account, no key, one host.

It has a stated number of its own requests. No road answers it but those that are open to all, and
they tell it nothing; nothing that it sends is kept; and enrolled devices are answered meanwhile.

Proven elsewhere: silent, idle and slow sockets, WebSockets and guesses at codes of a real server
(`test_strangers.py`, `python -m bench strangers`), guesses at passwords and at whole
accounts (`test_guessing.py`), closed registration and invitations
(`test_invitations.py`), odd requests (`test_strange_requests.py`,
`test_bounds.py`).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import pytest

from server.http.body_sizes import STRANGER_BODY_SIZE_MAX
from server.http.rate_limits import ENROLMENTS
from shared.kernel.ed25519 import SigningKey
from shared.wire.proof import PROOF_HEADER
from tests.adversaries.scene import opened_push, try_to_enrol
from tests.factories.everything import body_schema, fill, make_world, operations
from tests.factories.ledger_office import LedgerOffice
from tests.factories.office import Office, open_office, test_settings
from tests.factories.openapi_bodies import example_body
from tests.factories.rows_at_rest import every_row
from tests.factories.strength import sized

CANARY: Final = "CANARY-7f3"
OPEN: Final = {
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "POST /api/v1/users",
    "POST /api/v1/sessions",
    "POST /api/v1/sessions/refresh",
    "POST /sync/v1/enrol",
    "GET /sync/v1/authority",
    "GET /sync/v1/address",
    "POST /sync/v1/address",
}
"""What whoever comes may ask; each is tried on its own."""

FORGED: Final[list[dict[str, str]]] = [
    {},
    {"authorization": "Bearer "},
    {"authorization": "Bearer gkd_" + "A" * 43},
    {"authorization": "Bearer gka_" + "A" * 43},
    # {"alg": "none"} of an invented account
    {"authorization": "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJ1c18xIn0."},
    {"authorization": "Bearer gkd_" + "A" * 43, PROOF_HEADER: "1 1 " + "A" * 22 + " " + "A" * 43},
    {"authorization": "Basic YWRtaW46YWRtaW4="},
    {"authorization": "Bearer " + "A" * 20_000},
]
PAGE_S_MAX: Final = 0.02
"""Processor time of this process for one page, its reader's included; most take a tenth of it."""

FLOOD: Final = 3 * ENROLMENTS.count


async def test_no_road_answers_whoever_has_no_account_and_no_key(office: Office) -> None:
    """Over the API's description, with nothing, with invented tokens and with forged ones."""
    world = await make_world(office, CANARY)
    document = (await office.call("GET", "/docs/openapi.json")).json()
    before = await every_row(office)
    tried = 0
    for number, (method, path, operation, _) in enumerate(operations(document)):
        if f"{method} {path}" in OPEN:
            continue
        schema = body_schema(operation)
        more: dict[str, Any] = {}
        if schema is not None:
            more = {"json": example_body(document, schema)}
        address = fill(path, world.ids | {"digest": "00" * 32, "session_id": "ss_1"})
        one = FORGED[1 + number % (len(FORGED) - 1)]
        for headers in FORGED if "/sync/" in path else sized([FORGED[0], one], FORGED):
            answer = await office.call(method, address, headers=headers, **more)
            told = (method, path, answer.status_code, headers)
            assert answer.status_code in {400, 401, 404, 431}, told
            assert CANARY not in answer.text + str(answer.headers), told
            tried += 1
    assert tried > sized(300, 600)
    assert await every_row(office) == before


async def test_push_is_opened_for_no_stranger(ledger_office: LedgerOffice) -> None:
    """Without a token, with one of nobody's, and with a device's whose key it has not."""
    gate = await ledger_office.enrol(0)
    for headers in (*FORGED[:6], gate.headers):
        for query in ("", f"?event_id={ledger_office.event_id}", "?pages=1"):
            target = f"/sync/v1/push{query}"
            assert not await opened_push(ledger_office.office, target, headers)


async def test_enrolments_that_were_guessed_make_no_device_and_keep_nobody_out(
    database_url: str, tmp_path: Path
) -> None:
    """Beyond a number its host is not heard any more; a real device elsewhere is enrolled."""
    settings = test_settings(database_url, tmp_path, trusted_proxies=frozenset({"127.0.0.1"}))
    async with open_office(settings) as office:
        owner = await office.person()
        made = await office.ok("POST", f"{owner.path}/devices/codes", owner, json={})
        before = await every_row(office)
        office.client.headers["x-forwarded-for"] = "203.0.113.7"
        guesses = [f"{number:04d}-AAAA-BBBB-CCCC" for number in range(FLOOD)]
        statuses = [(await try_to_enrol(office, guess)).status_code for guess in guesses]
        assert statuses.count(403) == ENROLMENTS.count
        assert statuses.count(429) == FLOOD - ENROLMENTS.count
        assert await every_row(office) == before
        # Nor the right one, once so many were wrong; elsewhere it goes on.
        assert (await try_to_enrol(office, made["code"])).status_code == 429
        office.client.headers["x-forwarded-for"] = "198.51.100.9"
        assert (await try_to_enrol(office, made["code"])).status_code == 201


@pytest.mark.either_database
async def test_right_codes_are_no_guesses_and_what_is_repeated_is_counted(office: Office) -> None:
    """A house sets all its gates up behind one address; who repeats one request waits."""
    owner = await office.person()
    codes = [
        (await office.ok("POST", f"{owner.path}/devices/codes", owner, json={}))["code"]
        for _ in range(2 * ENROLMENTS.count)
    ]
    for code in codes:
        assert (await try_to_enrol(office, code)).status_code == 201
    key = SigningKey.generate(office.entropy)
    spare = (await office.ok("POST", f"{owner.path}/devices/codes", owner, json={}))["code"]
    repeated = [(await try_to_enrol(office, spare, key)).status_code for _ in range(FLOOD)]
    assert repeated.count(201) == ENROLMENTS.count + 1
    assert set(repeated) == {201, 429}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff" * 100, b"[" * 100_000, b'{"code":' * 50_000, b"9" * 1_000_000, b"{}"],
    ids=["empty", "half", "no text", "deep", "nested", "number", "object"],
)
async def test_bodies_of_a_stranger_are_refused_at_once_and_kept_nowhere(
    office: Office, body: bytes
) -> None:
    """At the roads that are open to all, and at those that are not."""
    before = await every_row(office)
    for path in (
        "/api/v1/users",
        "/api/v1/sessions",
        "/api/v1/sessions/refresh",
        "/sync/v1/enrol",
        "/sync/v1/claims",
        "/sync/v1/exchange",
        "/sync/v1/relayed/claims",
    ):
        began = time.perf_counter()
        answer = await office.client.post(
            path, content=body, headers={"content-type": "application/json"}
        )
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
        assert len(answer.content) < 4_000
        assert time.perf_counter() - began < 5  # a machine under load; quiet it is milliseconds
    assert await every_row(office) == before


async def test_large_bodies_are_not_read_for_a_stranger(office: Office) -> None:
    """Each of a megabyte took ten milliseconds of everybody's."""
    large = {"word": "GKA1 " + "A" * STRANGER_BODY_SIZE_MAX}
    for path in ("/api/v1/users", "/api/v1/sessions", "/sync/v1/address"):
        answer = await office.client.post(path, json=large)
        assert (answer.status_code, answer.json()["type"]) == (413, "/docs/problems/too-large")


async def test_no_page_that_is_open_to_all_is_made_anew_for_each_who_asks(office: Office) -> None:
    """A claim takes a millisecond; a page of fifty times that lets few requests stop a worker."""
    for path in ("/", "/health/live", "/health/ready", "/docs", "/docs/openapi.json", "/nowhere"):
        first = await office.call("GET", path)
        taken = []
        for _ in range(5):
            began = time.process_time()
            again = await office.call("GET", path)
            taken.append(time.process_time() - began)
            assert again.status_code == first.status_code
        assert min(taken) < PAGE_S_MAX, path


async def test_what_is_open_to_all_tells_nothing(office: Office) -> None:
    """No name, no id and no address of anybody's in health, metrics or the API's description."""
    world = await make_world(office, CANARY)
    for path in ("/health/live", "/health/ready", "/metrics", "/docs/openapi.json"):
        answer = await office.call("GET", path)
        assert CANARY not in answer.text, path
        assert [one for one in world.ids.values() if one in answer.text] == [], path
