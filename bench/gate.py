"""A gate with 1,000,000 tickets: manifest, scans decided alone, memory, start.

Everything is the product's own: `seed` issues the tickets, the server publishes and serves them,
`gatekeeper enrol` and `sync` bring them to a profile, and scans run through the gate session that
kiosk and lane use. The bare parts beside a scan are measured over the same files in the same run.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from bench.server_process import BIN, Served, seed, serve
from bench.writing_figures import Figure, at_most, floor, percentile
from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from shared.credential.codec import decode_credential, from_digits
from shared.credential.sizes_and_bounds import CONTEXT
from shared.kernel.ed25519 import SigningKey, is_valid, sha256
from shared.kernel.known_signature import prove_known

TICKETS: Final = int(os.environ.get("GATEKEEPER_BENCH_TICKETS", "1000000"))
SCANS: Final = 3_000
RUN: Final = 100
WIRE_BYTES_BUDGET: Final = 10.0
STEP_SECONDS_BUDGET: Final = 2.0
PEAK_MB_BUDGET: Final = 250.0
START_SECONDS_BUDGET: Final = 3.0
SCAN_P99_MS_BUDGET: Final = 10.0
SCAN_RATIO_BUDGET: Final = 3.0
TURN_MS_BUDGET: Final = 50.0
"""Nobody holds up the next code sooner than that."""
_BODY: Final = bytes(300)


def measure(folder: Path) -> list[Figure]:
    """Measure a gate from enrolment to its thousandth scan."""
    database = f"sqlite:///{folder}/gate.db"
    load = seed(folder, database, tickets=TICKETS, gates=1, devices=0, codes=1)
    profile = folder / "profile"
    figures: list[Figure] = []
    with serve(folder, database, 1) as served:
        figures += _publish(served, load, "SQLite")
        url = f"http://127.0.0.1:{served.port}"
        _gatekeeper(
            "enrol", "--server", url, "--code", load["enrolment"][0], f"--profile={profile}"
        )
        figures += _sync(profile)
    figures += _start(profile, load["codes"][0])
    figures += _scan(profile, load["codes"][1 : 1 + SCANS])
    return figures


def measure_publishing(folder: Path, kind: str, database: str) -> list[Figure]:
    """Measure only how a manifest is built and signed, over another database."""
    load = seed(folder, database, tickets=TICKETS, gates=1, devices=0)
    with serve(folder, database, 1) as served:
        return _publish(served, load, kind)


def _publish(served: Served, load: dict[str, Any], kind: str) -> list[Figure]:
    """Build and sign the manifest anew through the API, and weigh it."""
    login = load["login"]
    root = f"http://127.0.0.1:{served.port}/api/v1"
    token = _post(f"{root}/sessions", "", login["email"], login["password"])["access_token"]
    path = f"{root}/organizations/{load['organization']}/events/{load['event_id']}/handover"
    started = time.perf_counter()
    published = _post(path, token)
    seconds = time.perf_counter() - started
    count = published["ticket_count"]
    name = f"manifest of {count:,} tickets"
    return [
        at_most(
            f"{name}: build and sign, {kind}", seconds, "s", STEP_SECONDS_BUDGET, 1, "by HTTP"
        ),
        at_most(
            f"{name}: wire", published["size"] / count, "bytes a ticket", WIRE_BYTES_BUDGET, count,
            f"{published['chunk_count']} chunks: id, class, home",
        ),
    ]  # fmt: skip


def _sync(profile: Path) -> list[Figure]:
    """Fetch, verify and load in a process of its own; then its peak memory."""
    started = time.perf_counter()
    _gatekeeper("sync", f"--profile={profile}")
    seconds = time.perf_counter() - started
    # The largest child so far; the seed and the server are not awaited children of ours yet.
    peak_mb = _peak_of(["sync", f"--profile={profile}"], before=profile)
    return [
        at_most(
            f"manifest of {TICKETS:,} tickets: fetch, verify, load", seconds, "s",
            2 * STEP_SECONDS_BUDGET, 1, "the whole `gatekeeper sync`, program start included",
        ),
        at_most("kiosk's peak memory while loading", peak_mb, "MB", PEAK_MB_BUDGET, 1),
    ]  # fmt: skip


def _peak_of(arguments: list[str], before: Path) -> float:
    """Sync again from nothing in a child, and return its peak resident size in megabytes."""
    for manifest in before.glob("manifest-*.db"):
        manifest.unlink()
    script = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, str(BIN / "gatekeeper"), *arguments],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return int(said) / 1024


def _start(profile: Path, code: str) -> list[Figure]:
    """Start the lane's program and wait for the first answer."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [BIN / "gatekeeper", "lane", f"--profile={profile}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(code + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    seconds = time.perf_counter() - started
    process.stdin.close()
    process.wait()
    assert answer["verdict"] == "admit", answer
    return [
        at_most("lane start to first scan", seconds, "s", START_SECONDS_BUDGET, 1,
                f"{TICKETS:,} tickets cached"),
    ]  # fmt: skip


def _scan(profile: Path, codes: list[str]) -> list[Figure]:
    """Scan thousands of tickets on the device's own, between the bare parts over the same disk."""
    latencies, turns, bare = asyncio.run(_scan_all(profile, codes))
    p50, p99 = percentile(latencies, 0.5) * 1e3, percentile(latencies, 0.99) * 1e3
    medians = {name: percentile(sorted(taken), 0.5) * 1e3 for name, taken in bare.taken.items()}
    sum_ms = sum(medians.values())
    parts = ", ".join(f"{name} {ms:.3f}" for name, ms in medians.items())
    note = f"{p50 / sum_ms:.2f} of the bare parts' {sum_ms:.3f} ms ({parts})"
    count = len(latencies)
    return [
        *(floor(f"bare {name}, p50", ms, "ms", count) for name, ms in medians.items()),
        at_most("scan to verdict, alone, p50", p50, "ms", SCAN_RATIO_BUDGET * sum_ms, count, note),
        at_most("scan to verdict, alone, p99", p99, "ms", SCAN_P99_MS_BUDGET, count,
                f"{TICKETS:,} tickets cached, journal with FULL"),
        at_most("after a verdict, longest", max(turns) * 1e3, "ms", TURN_MS_BUDGET, count,
                "what the gate does before it takes the next scan: checkpoints"),
    ]  # fmt: skip


async def _scan_all(profile: Path, codes: list[str]) -> tuple[list[float], list[float], BareParts]:
    """Take turns: a run of scans, then a run of each bare part, so both meet the same machine.

    Between two scans the loop turns once, as it does while a reader waits for the next code.

    Returns:
        Seconds of each scan, shortest first; those of each turn of the loop; the bare parts.
    """
    bare = BareParts(profile, codes)
    session = await GateSession.open(profile, system=machine_system())
    taken: list[float] = []
    turns: list[float] = []
    try:
        for start in range(0, len(codes), RUN):
            run = range(start, min(start + RUN, len(codes)))
            for number in run:
                started = time.perf_counter()
                answer = await session.scan(Scan(codes[number]))
                answered = time.perf_counter()
                taken.append(answered - started)
                await asyncio.sleep(0)
                turns.append(time.perf_counter() - answered)
                assert answer.verdict == "admit", answer
            if start == 0:
                # The first claim finds the server gone; from then on the gate decides alone.
                taken.clear()
                turns.clear()
            else:
                bare.measure(run)
    finally:
        await session.close()
    return sorted(taken), turns, bare


class BareParts:
    """Verify, look-up, prove, sign and commit, each by itself.

    Attributes:
        taken: Seconds of every try, by part.
    """

    def __init__(self, profile: Path, codes: list[str]) -> None:
        self._key = SigningKey(bytes(32))
        self._split = [decode_credential(from_digits(code)) for code in codes]
        manifest = next(profile.glob("manifest-*.db"))
        self._pages = apsw.Connection(str(manifest), flags=apsw.SQLITE_OPEN_READONLY)
        self._journal = apsw.Connection(str(profile / "bare.db"))
        self._journal.execute("PRAGMA journal_mode=WAL")
        self._journal.execute("PRAGMA synchronous=FULL")
        self._journal.execute("CREATE TABLE entry (n INTEGER PRIMARY KEY, body BLOB, sig BLOB)")
        self._journal.execute("CREATE TABLE use (claim TEXT PRIMARY KEY, ticket INTEGER)")
        self.taken: dict[str, list[float]] = {}

    def measure(self, run: range) -> None:
        """Do each part once for every code of a run."""
        parts = (
            ("verify", self._verify),
            ("look-up", self._look_up),
            ("prove", self._prove),
            ("sign", self._sign),
            ("commit", self._commit),
        )
        for name, part in parts:
            taken = self.taken.setdefault(name, [])
            for number in run:
                started = time.perf_counter()
                part(number)
                taken.append(time.perf_counter() - started)

    def _verify(self, number: int) -> None:
        _, body, signature = self._split[number]
        is_valid(self._key.public_key, signature, CONTEXT, body)

    def _look_up(self, number: int) -> None:
        find = "SELECT ids, classes FROM page WHERE lo<=? ORDER BY lo DESC LIMIT 1"
        lo = self._split[number][0].ticket_id - (1 << 63)
        self._pages.execute(find, (lo,)).fetchone()

    def _prove(self, number: int) -> None:
        prove_known(self._split[number][2], context=CONTEXT, word=_BODY)

    def _sign(self, _number: int) -> None:
        self._key.sign(b"bench", sha256(_BODY) + _BODY)

    def _commit(self, number: int) -> None:
        self._journal.execute("BEGIN IMMEDIATE")
        self._journal.execute("INSERT INTO entry VALUES (?, ?, ?)", (number, _BODY, bytes(64)))
        self._journal.execute("INSERT INTO use VALUES (?, ?)", (f"{number:032x}", number))
        self._journal.execute("COMMIT")


def _gatekeeper(*arguments: str) -> None:
    subprocess.run(
        [BIN / "gatekeeper", *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _post(url: str, token: str, email: str = "", password: str = "") -> dict[str, Any]:
    body = msgspec.json.encode({"email": email, "password": password}) if email else b""
    headers = {"Content-Type": "application/json"} if body else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data=body or None, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=120) as answer:
        content: dict[str, Any] = json.load(answer)
    return content
