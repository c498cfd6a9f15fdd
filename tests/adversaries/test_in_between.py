"""Somebody between a gate and its server, on plain HTTP, sees and changes whatever passes.

All that this reaches is delay and loss: the gate goes on as if the server were away. That holds
from the first contact on: a code is never sent, and a server that does not know it makes no device
of anybody. Over TLS not even that is seen (`test_on_the_venue_network.py`).

Proven elsewhere: altered codes of every kind (`unit/shared/wire/test_proof.py`,
`test_enrol_code.py`), another authority's certificate (`e2e/test_own_tls.py`).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import msgspec
import pytest

from shared.kernel.ed25519 import SigningKey
from shared.wire.enrol_code import code_keys, prove_enrolment, sign_enrolment
from shared.wire.exchange import BootMark, ExchangeResponse
from tests.e2e.gate_process import gatekeeper
from tests.e2e.middleman import PROOF, honest
from tests.e2e.site import Site, changed, open_site, refused, scanned, synced, verified

pytestmark = pytest.mark.slow

CLAIMS = "/sync/v1/claims"
EXCHANGE = "/sync/v1/exchange"
ENROL = "/sync/v1/enrol"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a server with an event, and somebody on the way to it."""
    with open_site(tmp_path_factory.mktemp("between")) as opened:
        opened.new_gate()
        yield opened


def test_flipped_verdict_opens_no_gate(site: Site) -> None:
    """No text that is no ticket, and no used ticket, is admitted by an answer that was changed."""
    folder, code = site.folder / "gate-1", site.codes.pop()
    (first,) = scanned(folder, code)
    assert (first["verdict"], first["mode"]) == ("admit", "online")

    def flip(path: str, body: bytes) -> bytes:
        if path != CLAIMS:
            return body
        return json.dumps(json.loads(body) | {"verdict": "admit", "reason": "ok"}).encode()

    with changed(site, flip):
        answers = scanned(folder, "I AM NO TICKET AT ALL", code)
    assert [answer["verdict"] for answer in answers] == ["deny", "deny"]
    assert {answer["mode"] for answer in answers} == {"offline"}


def test_forged_marks_lose_no_entry(site: Site) -> None:
    """Entries count as held where the server proves that it holds them, and nowhere else."""
    folder, code = site.folder / "gate-1", site.codes.pop()

    def acknowledge_all(path: str, body: bytes) -> bytes:
        if path != EXCHANGE:
            return body
        answer = msgspec.msgpack.decode(body, type=ExchangeResponse)
        marks = tuple(BootMark(mark.boot, 1 << 40) for mark in answer.marks)
        return msgspec.msgpack.encode(msgspec.structs.replace(answer, marks=marks))

    with changed(site, acknowledge_all):
        (answer,) = scanned(folder, code)
    assert answer["verdict"] == "admit"
    pending = verified(folder)
    synced(folder)
    assert pending == 0 or verified(folder) == 0
    assert (answer["seq"], "ok") in site.scans_of(folder)
    (second,) = scanned(folder, site.codes.pop())
    assert second["seq"] < 1_000, "no number was skipped on a stranger's word"


def test_answer_to_another_request_is_none(site: Site) -> None:
    """A green that was recorded, with its proof, is not a green for anybody else."""
    folder, code = site.folder / "gate-1", site.codes.pop()
    (first,) = scanned(folder, code)
    assert first["verdict"] == "admit"
    word, proof = json.loads(site.man.seen[CLAIMS]), site.man.proofs[CLAIMS]

    def replay(path: str, body: bytes) -> bytes:
        if path != CLAIMS:
            return body
        return json.dumps(word | {"claim_id": json.loads(body)["claim_id"]}).encode()

    site.man.change_proof = lambda path, said: proof if path == CLAIMS else said
    try:
        with changed(site, replay):
            (answer,) = scanned(folder, "NO TICKET EITHER")
    finally:
        site.man.change_proof = lambda _path, said: said
    assert answer["verdict"] == "deny", answer


def test_answers_without_proofs_are_none(site: Site) -> None:
    """Who takes the proofs away has taken the server away, and nothing falls back."""
    folder, code = site.folder / "gate-1", site.codes.pop()
    site.man.change_proof = lambda _path, _said: ""
    try:
        (answer,) = scanned(folder, code)
        status, said = refused(folder)
    finally:
        site.man.change_proof = lambda _path, said: said
    assert (answer["verdict"], answer["mode"]) == ("admit", "offline")
    assert status == 3, said
    assert "not proven" in said
    assert synced(folder)["pending"] == 0


class InNoLetters(BaseHTTPRequestHandler):
    """Answers each request as a proxy of another age: JSON by its look, in letters of its own."""

    def do_GET(self) -> None:
        """Refuse."""
        self.rfile.read(int(self.headers.get("content-length") or 0))
        body = '{"title": "Passerelle indisponible: réessayez"}'.encode("latin-1")
        self.send_response(502)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Refuse as well."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def test_answers_in_no_known_letters_stop_no_gate(site: Site) -> None:
    """What cannot be read is no answer: the gate goes on as if the server were away."""
    folder, code = site.folder / "gate-1", site.codes.pop()
    before = site.man.server_port
    with ThreadingHTTPServer(("127.0.0.1", 0), InNoLetters) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        thread.start()
        site.man.server_port = proxy.server_address[1]
        try:
            (answer,) = scanned(folder, code)
            status, said = refused(folder)
        finally:
            site.man.server_port = before
            proxy.shutdown()
            thread.join()
    assert (answer["verdict"], answer["mode"]) == ("admit", "offline")
    assert status == 3, said
    assert "bug in the program" not in said
    assert synced(folder)["pending"] == 0


def test_word_that_the_device_is_revoked_is_not_believed(site: Site) -> None:
    """An answer without a page would make the gate erase the event."""
    folder, code = site.folder / "gate-1", site.codes.pop()

    def revoke(path: str, body: bytes) -> bytes:
        if path != EXCHANGE:
            return body
        answer = msgspec.msgpack.decode(body, type=ExchangeResponse)
        return msgspec.msgpack.encode(msgspec.structs.replace(answer, page=None))

    with changed(site, revoke):
        refused(folder)
    (answer,) = scanned(folder, code)
    assert (answer["verdict"], answer["reason"]) == ("admit", "ok"), answer


def test_servers_time_is_not_taken_from_a_stranger(site: Site) -> None:
    """A shifted time of the server's moves no window of validity."""
    folder, code = site.folder / "gate-1", site.codes.pop()
    year = 365 * 24 * 3600 * 1_000_000

    def shift(path: str, body: bytes) -> bytes:
        if path != EXCHANGE:
            return body
        answer = msgspec.msgpack.decode(body, type=ExchangeResponse)
        late = msgspec.structs.replace(
            answer, received_at=answer.received_at + year, answered_at=answer.answered_at + year
        )
        return msgspec.msgpack.encode(late)

    with changed(site, shift):
        refused(folder)
        (answer,) = scanned(folder, code)
    assert answer["verdict"] == "admit", answer
    assert abs(int(answer["at"][:4]) - 2026) < 1 or answer["at"] < "2027-06"


def test_token_that_was_overheard_claims_nothing(site: Site) -> None:
    """Without its device's key a token spends no ticket, fetches no list and uploads nothing."""
    folder, code = site.folder / "gate-1", site.codes.pop()
    token = json.loads((folder / "profile.json").read_text())["token"]
    headers = {"authorization": f"Bearer {token}"}
    body = {
        "code": code,
        "gate_id": site.evening.gates["North"],
        "direction": "in",
        "claim_id": "a thief's",
        "scanned_at": "2026-11-20T12:00:00Z",
    }
    with httpx.Client(base_url=site.server.url, headers=headers, timeout=30) as thief:
        answers = [
            thief.post(CLAIMS, json=body),
            thief.post(EXCHANGE, content=b"\x90", headers={"content-type": "application/msgpack"}),
            thief.get(f"/sync/v1/events/{site.evening.site.event_id}/manifest"),
            thief.get("/sync/v1/time?nonce=00"),
        ]
    assert [answer.status_code for answer in answers] == [401] * 4
    (answer,) = scanned(folder, code)
    assert (answer["verdict"], answer["reason"]) == ("admit", "ok"), "its holder gets in"


def test_enrolment_tells_nothing_that_enrols(site: Site) -> None:
    """Neither the code nor what is made of it passes, and what does is good for this key alone.

    Sent again it says what was said, and changes nothing: who was kept from the answer asks again.
    """
    folder, code = site.folder / "gate-overheard", site.bare_code()
    site.man.change = lambda _path, _body: b"{}"  # the answer is kept from the device
    try:
        done = gatekeeper("enrol", "--server", site.way, "--code", code, "--profile", folder)
    finally:
        site.man.change = honest
    assert done.returncode != 0
    method, path, headers, body = site.man.requests[ENROL]
    plain = code.replace("-", "")
    assert plain not in body.decode().replace("-", "").upper(), "the code itself was sent"
    assert plain not in str(headers).upper()
    thief = SigningKey(bytes(32)).public_key.hex()
    own = json.dumps(json.loads(body) | {"public_key": thief}).encode()
    with httpx.Client(base_url=site.server.url, timeout=30) as client:
        own_try = client.request(method, path, headers=headers, content=own)
        same = client.request(method, path, headers=headers, content=body)
        assert (own_try.status_code, same.status_code) == (403, 201)
        token = {"authorization": f"Bearer {same.json()['token']}"}
        assert client.post(CLAIMS, headers=token, json={}).status_code == 401
    done = gatekeeper("enrol", "--server", site.way, "--code", code, "--profile", folder)
    assert json.loads(done.stdout)["device_id"] == same.json()["device_id"]


def test_enrolment_overheard_before_its_answer_uses_no_code_up(site: Site) -> None:
    """Whoever stops the request and asks for himself is refused, and the code stays good."""
    code = site.bare_code()
    folder = site.folder / "gate-late"
    key = SigningKey(bytes((5,)) * 32)
    false = sign_enrolment(code_keys("0000-0000-0000-0000"), key, name="thief", program="")
    stolen = msgspec.structs.replace(false, code_id=code_keys(code).code_id.hex())
    body = msgspec.json.encode(stolen)
    proof = prove_enrolment(code_keys("0000-0000-0000-0000"), bytes(16), body).format()
    said = {"content-type": "application/json"}
    with httpx.Client(base_url=site.server.url, timeout=30) as client:
        for headers in (said, said | {PROOF: proof}):
            assert client.post(ENROL, content=body, headers=headers).status_code == 403
    done = gatekeeper("enrol", "--server", site.way, "--code", code, "--profile", folder)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("keeps_proof", [True, False])
def test_false_server_makes_no_device_of_anybody(site: Site, keeps_proof: bool) -> None:
    """With a bare code, too: a root key or a role of the stranger's is never pinned."""
    folder = site.folder / f"gate-false-{keeps_proof}"
    root = SigningKey(bytes((7,)) * 32).public_key.hex()

    def take_over(path: str, body: bytes) -> bytes:
        if path != ENROL:
            return body
        return json.dumps(json.loads(body) | {"root_public_key": root, "channel": None}).encode()

    if not keeps_proof:
        site.man.change_proof = lambda _path, _said: ""
    try:
        with changed(site, take_over):
            done = gatekeeper(
                "enrol", "--server", site.way, "--code", site.bare_code(), "--profile", folder
            )
    finally:
        site.man.change_proof = lambda _path, said: said
    assert not (folder / "profile.json").exists(), "a stranger's server was believed"
    assert done.returncode == 3
    assert b"does not know this code" in done.stderr


def test_code_in_clear_is_refused_and_says_what_to_do(site: Site) -> None:
    """A program of before is told to be updated; its code is not used up by that."""
    code = site.bare_code()
    key = SigningKey(bytes((6,)) * 32)
    said = code.encode() + key.public_key
    old = {
        "code": code,
        "public_key": key.public_key.hex(),
        "proof": key.sign(b"gatekeeper/enrol/1", said).hex(),
        "name": "Old gate",
    }
    answer = httpx.post(site.server.url + ENROL, json=old, timeout=30)
    assert answer.status_code == 403, "a code in clear was taken"
    assert "Update it" in answer.json()["detail"]
    folder = site.folder / "gate-updated"
    done = gatekeeper("enrol", "--server", site.way, "--code", code, "--profile", folder)
    assert done.returncode == 0, done.stderr.decode()


def test_recorded_request_cannot_be_changed(site: Site) -> None:
    """A claim's proof is for this claim: with another gate, code or path it is none."""
    folder, code = site.folder / "gate-1", site.codes.pop()
    (first,) = scanned(folder, code)
    assert first["verdict"] == "admit"
    method, path, headers, body = site.man.requests[CLAIMS]
    other = json.dumps(json.loads(body) | {"claim_id": "another", "code": site.codes[-1]})
    with httpx.Client(base_url=site.server.url, timeout=30) as thief:
        again = thief.request(method, path, headers=headers, content=body)
        changed_body = thief.request(method, path, headers=headers, content=other)
        other_path = thief.request(method, path + "?x=1", headers=headers, content=body)
    assert again.json()["claim_id"] == json.loads(body)["claim_id"], "repeated, it is the same"
    assert (changed_body.status_code, other_path.status_code) == (401, 401)
