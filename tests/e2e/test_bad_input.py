"""Bad input from every side, to real programs: a clear word, nothing lost, no traceback."""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import jwt
import msgspec
import pytest

from shared.kernel.packing import MSGPACK
from shared.manifest.signed_document import DocumentKind
from shared.wire.exchange import ExchangeResponse
from shared.wire.feed import FeedPage
from tests.e2e.gate_process import gatekeeper
from tests.e2e.site import (
    Site,
    changed,
    claimed,
    open_lane,
    open_site,
    refused,
    scanned,
    synced,
    verified,
)
from tests.factories.house import make_key, make_signer
from tests.factories.running_server import EMAIL, PASSWORD, RunningServer
from tests.factories.waiting import until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give one site to all tests that leave it as it was."""
    with open_site(tmp_path_factory.mktemp("site")) as opened:
        yield opened


def test_garbage_is_denied_and_kept(site: Site) -> None:
    """Whatever a reader delivers is answered, recorded, and uploaded like any scan."""
    folder, code = site.new_gate(), site.codes.pop()
    garbage: list[str | bytes] = [
        b"",
        b"x" * 1_000_000,
        bytes(range(1, 10)) + bytes(range(14, 256)),
        b"\xff\xfe\x00binary",
        "🎫🎟️" * 50,
        "9" * 200,
        code[:-1],
        code + "0",
        *(code[:at] + str((int(code[at]) + 1) % 10) + code[at + 1 :] for at in (0, 60, 199)),
        '{"code": "' + "[" * 50_000 + '"}',
        '{"code": null}',
        "{" * 100_000,
    ]
    answers = scanned(folder, *garbage, code)
    assert {answer["verdict"] for answer in answers[:-1]} == {"deny"}
    reasons = {answer["reason"] for answer in answers[:-1]}
    assert reasons <= {"malformed", "unknown_ticket", "unknown_key", "bad_signature"}
    assert answers[-1]["reason"] == "ok"
    assert verified(folder) == 0
    assert site.scans_of(folder) == [(one["seq"], one["reason"]) for one in answers]


def test_event_that_is_none_leaves_the_gate_with_its_own(site: Site) -> None:
    """A slip in `sync --event` is said, and the gate goes on where it stood."""
    folder, code = site.new_gate(), site.codes.pop()
    kept = (folder / "profile.json").read_bytes()
    done = gatekeeper("sync", "--profile", folder, "--event", "ev_nosuchevent1")
    assert done.returncode == 1
    assert b"not assigned to such an event" in done.stderr
    assert (folder / "profile.json").read_bytes() == kept
    (answer,) = scanned(folder, code)
    assert (answer["reason"], answer["mode"]) == ("ok", "online")


def test_altered_piece_of_a_manifest_is_refused(site: Site) -> None:
    """The old manifest stays, the journal goes up all the same, and the next sync mends it."""
    folder, code = site.new_gate(), site.codes.pop()
    new = site.publish_more()

    def alter(path: str, body: bytes) -> bytes:
        if "/chunks/" not in path:
            return body
        return body[:-1] + bytes((body[-1] ^ 1,))

    with changed(site, alter):
        status, said = refused(folder)
        assert status == 3, "what is not proven to be the server's counts as no answer"
        assert "not proven" in said, said
        (answer,) = scanned(folder, code)
        assert answer["reason"] == "ok"
        assert verified(folder) == 0, "what keeps a manifest away does not keep entries back"
    before = synced(folder)["tickets"]
    assert before >= 42
    assert scanned(folder, new[0])[0]["reason"] == "ok"


def test_older_manifest_is_refused(site: Site) -> None:
    """Who replays yesterday's manifest is found out, and what is newer stays."""
    folder = site.new_gate()
    path = f"/sync/v1/events/{site.evening.site.event_id}/manifest"
    old = site.man.seen[path]
    site.publish_more()
    newest = synced(folder)["tickets"]
    site.publish_more()
    with changed(site, lambda seen, body: old if seen == path else body):
        status, said = refused(folder)
    assert status == 3
    assert "not proven" in said, said
    assert synced(folder)["tickets"] == newest + 2


def test_false_servers_word_is_not_taken(site: Site) -> None:
    """Pages that another root has signed change nothing, and every entry is kept."""
    folder, code = site.new_gate(), site.codes.pop()
    organization_id = site.evening.site.organization_id
    rogue = make_signer(root=make_key(666), organization_id=organization_id)

    def sign_anew(path: str, body: bytes) -> bytes:
        if not path.endswith("/exchange"):
            return body
        answer = msgspec.msgpack.decode(body, type=ExchangeResponse)
        assert answer.page is not None
        page = msgspec.msgpack.decode(answer.page.body, type=FeedPage)
        forged = rogue.sign(DocumentKind.FEED, page, answer.page.issued_at)
        return msgspec.msgpack.encode(msgspec.structs.replace(answer, page=forged))

    with changed(site, sign_anew):
        status, said = refused(folder)
        assert status == 3
        assert "not proven" in said, said
        (answer,) = scanned(folder, code)
        assert answer["verdict"] == "admit", answer
    assert synced(folder)["pending"] == 0
    assert site.scans_of(folder) == [(answer["seq"], "ok")]


def test_false_server_gets_no_device(site: Site) -> None:
    """An answer that nobody who knows the code gave ends the enrolment; nothing is left behind."""
    folder = site.folder / "false"

    def other_root(path: str, body: bytes) -> bytes:
        if not path.endswith("/enrol"):
            return body
        answer = json.loads(body)
        return json.dumps(answer | {"root_public_key": make_key(666).public_key.hex()}).encode()

    with changed(site, other_root):
        done = gatekeeper("enrol", "--code", site.enrolment(), "--profile", folder)
    assert done.returncode == 3, done.stderr
    assert done.stdout == b""
    assert b"does not know this code" in done.stderr
    assert gatekeeper("sync", "--profile", folder).returncode == 2


def test_token_that_has_ended_is_said_and_the_journal_stays(site: Site) -> None:
    """It enrols again as itself; revoked, it lets nobody in, and its entries go up as evidence."""
    folder, codes = site.new_gate(), [site.codes.pop(), site.codes.pop()]
    profile = json.loads((folder / "profile.json").read_text())
    wrong = profile | {"token": profile["token"][:-4] + "0000"}
    (folder / "profile.json").write_text(json.dumps(wrong))
    status, said = refused(folder)
    assert status == 3, "nobody vouches for it, so it is a hint and no refusal"
    assert "token" in said
    assert "enrol" in said
    enrolling = ("enrol", "--code", site.enrolment(), "--profile", folder)
    with open_lane(folder) as show:
        answer = show(codes[0])
        assert (answer["verdict"], answer["mode"]) == ("admit", "offline"), answer
        busy = gatekeeper(*enrolling)
        assert busy.returncode == 3
        assert b"in use" in busy.stderr, "the lane would go on with the former token"
    assert verified(folder) > 0

    again = gatekeeper(*enrolling)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["device_id"] == profile["device_id"]
    path = f"/organizations/{profile['organization_id']}/devices/{profile['device_id']}/revoke"
    site.ask(lambda office: office.post(path, {"reason": "stolen"}))
    for when in ("as it hears of it", "from then on"):
        status, said = refused(folder)
        assert (status, "has been revoked" in said) == (1, True), when
    second = scanned(folder, codes[1])[0]
    assert (second["verdict"], second["reason"]) == ("refer", "stale_manifest")
    rows = asyncio.run(
        site.server.fetch("SELECT status, kind FROM journal_entry WHERE status = 'unconfirmed'")
    )
    assert sum(kind == "scan" for _, kind in rows) == 2


def test_session_that_has_ended_is_said(site: Site) -> None:
    """A person's token is good for fifteen minutes; afterwards the answer is 401, and why."""
    person = {"email": EMAIL, "password": PASSWORD}
    api = f"{site.server.url}/api/v1"
    token = httpx.post(f"{api}/sessions", json=person, timeout=30).json()["access_token"]
    secret = bytes.fromhex((site.server.folder / "secrets" / "access_token.key").read_text())
    claims = jwt.decode(token, options={"verify_signature": False})

    def call(late: int) -> httpx.Response:
        older = claims | {name: claims[name] - late for name in ("iat", "exp")}
        headers = {"authorization": f"Bearer {jwt.encode(older, secret, algorithm='HS256')}"}
        return httpx.get(f"{api}/me", headers=headers, timeout=30)

    assert call(0).status_code == 200
    ended = call(16 * 60)
    assert ended.status_code == 401
    assert ended.json()["type"].endswith("/unauthenticated")
    assert "expired" in ended.json()["detail"]


def test_locked_database_is_waited_out(site: Site) -> None:
    """The server says that it cannot now; the lane admits alone, and everything arrives."""
    folder, codes = site.new_gate(), [site.codes.pop(), site.codes.pop()]
    file = site.server.folder / "gatekeeper.db"
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as other,
        open_lane(folder) as lane,
    ):
        other.execute("BEGIN IMMEDIATE")
        first = lane(codes[0])
        assert (first["verdict"], first["mode"]) == ("admit", "offline"), first
        other.execute("ROLLBACK")
    assert synced(folder)["pending"] == 0
    (second,) = scanned(folder, codes[1])
    assert (second["verdict"], second["mode"]) == ("admit", "online"), second
    assert site.scans_of(folder) == [(first["seq"], "ok"), (second["seq"], "ok")]


@contextmanager
def full_disk(server: RunningServer) -> Iterator[None]:
    """Let no file of the server's processes grow."""
    processes = server.process_ids()
    sizes = [file.stat().st_size for file in server.folder.glob("gatekeeper.db*")]
    most = resource.RLIM_INFINITY
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (min(sizes), most))
    try:
        yield
    finally:
        for process in processes:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (most, most))


def test_full_disk_is_waited_out(site: Site) -> None:
    """Where the server cannot write it says so, keeps running, and takes all of it afterwards."""
    folder, codes = site.new_gate(), [site.codes.pop(), site.codes.pop()]
    with full_disk(site.server):
        answer = claimed(site, folder, codes[1])
        assert answer.status_code == 503, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) >= 1
        (first,) = scanned(folder, codes[0])
        assert (first["verdict"], first["mode"]) == ("admit", "offline"), first
    assert synced(folder)["pending"] == 0
    (second,) = scanned(folder, codes[1])
    assert (second["verdict"], second["mode"]) == ("admit", "online"), second
    assert site.scans_of(folder) == [(first["seq"], "ok"), (second["seq"], "ok")]


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/sync/v1/exchange", MSGPACK), ("/api/v1/sessions", "application/json")],
)
def test_request_that_breaks_off_is_no_failure_of_the_server(
    site: Site, path: str, kind: str
) -> None:
    """A cable pulled, or a gate killed, in the middle of a request: no error, no traceback."""
    token = json.loads((site.new_gate() / "profile.json").read_text())["token"]
    before = len(site.server.log)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer {token}\r\n"
        f"gatekeeper-proof: 1 1 {bytes(16).hex()} {bytes(16).hex()}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: 1000\r\n\r\n{{"
    )
    with socket.create_connection(("127.0.0.1", site.server.port)) as gate:
        gate.sendall(head.encode())

    def noted() -> str:
        lines = site.server.log[before:].splitlines()
        return next((line for line in lines if f'"path": "{path}"' in line), "")

    assert json.loads(until(noted))["status"] == 400
    assert '"level": "error"' not in site.server.log[before:]


def test_server_put_back_to_yesterdays_copy_is_found_out(site: Site) -> None:
    """Gates notice, go on alone, and bring everything back once a higher epoch is open.

    The last of these tests: the others' gates would have to hear of the new epoch first.
    """
    folder, codes = site.new_gate(), [site.codes.pop() for _ in range(3)]
    file = site.server.folder / "gatekeeper.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("VACUUM INTO ?", (str(site.folder / "yesterday.db"),))
    (today,) = scanned(folder, codes[0])
    assert today["mode"] == "online"
    assert synced(folder)["pending"] == 0
    site.server.stop()
    for name in ("gatekeeper.db-wal", "gatekeeper.db-shm"):
        (site.server.folder / name).unlink(missing_ok=True)
    shutil.copyfile(site.folder / "yesterday.db", file)
    site.server.start()

    status, said = refused(folder)
    assert status in {1, 3}, said
    assert "ledger" in said or "older copy" in said, said
    again, new = scanned(folder, codes[0], codes[1])
    assert (again["reason"], again["mode"]) == ("already_used", "offline")
    assert (new["reason"], new["mode"]) == ("ok", "offline")

    opened = site.server.run("epoch", "open", "--reason", "put back the copy of yesterday")
    assert opened.returncode == 0, opened.stderr
    assert synced(folder)["pending"] == 0
    expected = [(one["seq"], one["reason"]) for one in (today, again, new)]
    assert site.scans_of(folder) == expected
