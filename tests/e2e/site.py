"""A server with an event, a middleman, and gates by their verbs: for tests of whole programs."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from gatekeeper.demo.event import Evening, make_enrolment_line, sell_tickets, set_up_evening
from gatekeeper.organizer.prepare.plan_client import FIELDS, PlanKind
from gatekeeper.organizer.server_api import ServerApi
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import ScanBody
from shared.kernel.id_types import GateId
from tests.e2e.gate_process import gatekeeper
from tests.e2e.middleman import Middleman
from tests.factories import programs
from tests.factories.proving import Proven, know_folder
from tests.factories.running_server import EMAIL, PASSWORD, RunningServer, run_server

T = TypeVar("T")
PATIENT = {"policy": {"claim_budget_ms": 2_000}}


@dataclass
class Site:
    """A running server with a published event; each test enrols a gate of its own."""

    server: RunningServer
    evening: Evening
    man: Middleman
    folder: Path
    codes: list[str]
    gates: int = 0

    def ask(self, work: Callable[[ServerApi], Awaitable[T]]) -> T:
        """Let the organizer do something."""

        async def go() -> T:
            office = ServerApi(f"http://127.0.0.1:{self.server.port}")
            try:
                await office.sign_in(EMAIL, PASSWORD)
                return await work(office)
            finally:
                await office.close()

        return asyncio.run(go())

    def enrolment(self) -> str:
        """Make the line of a one-time code, with the middleman's address."""
        evening = self.evening
        line = self.ask(
            lambda office: make_enrolment_line(
                office, evening.site, "gate", GateId(evening.gates["North"])
            )
        )
        return line.replace(f":{self.server.port} ", f":{self.man.port} ")

    @property
    def way(self) -> str:
        """Return the address by which the middleman is reached."""
        return f"http://127.0.0.1:{self.man.port}"

    def bare_code(self) -> str:
        """Make a one-time code, for typing, without a line that names anything to trust."""
        return self.enrolment().split(" ")[2]

    def new_gate(self) -> Path:
        """Enrol a gate and sync it, through an honest middleman."""
        self.gates += 1
        folder = self.folder / f"gate-{self.gates}"
        done = gatekeeper("enrol", "--code", self.enrolment(), "--profile", folder)
        assert done.returncode == 0, done.stderr
        assert synced(folder)["tickets"] > 0
        return folder

    def publish_more(self) -> list[str]:
        """Sell two more tickets and publish again; returns their codes."""
        path = self.evening.site.path

        async def go(office: ServerApi) -> list[str]:
            codes = await sell_tickets(office, self.evening, 2)
            await office.post(f"{path}/handover")
            return codes

        return self.ask(go)

    def scans_of(self, folder: Path) -> list[tuple[int, str]]:
        """Read number and reason of each scan of a device that the server's journal holds."""
        device_id = json.loads((folder / "profile.json").read_text())["device_id"]
        rows = asyncio.run(self.server.fetch("SELECT device_id, entry FROM journal_entry"))
        entries = [decode_entry(bytes(entry)) for device, entry in rows if device == device_id]
        bodies = [(entry.seq, decode_body(entry)) for entry in entries]
        return sorted((seq, body.reason) for seq, body in bodies if isinstance(body, ScanBody))


@contextmanager
def open_site(folder: Path, *words: str) -> Iterator[Site]:
    """Run a server on SQLite with an event on sale; it must end without a traceback."""
    served = run_server(folder / "server", words=words)
    with served as server, Middleman(server.port).running() as man:

        async def set_up() -> Evening:
            office = ServerApi(f"http://127.0.0.1:{server.port}")
            try:
                await office.sign_in(EMAIL, PASSWORD)
                evening = await set_up_evening(office, 40, dt.datetime.now(dt.UTC))
                await office._ask("PATCH", evening.site.path, json=PATIENT)
                await _lift_limit(office, evening)
                return evening
            finally:
                await office.close()

        evening = asyncio.run(set_up())
        yield Site(server, evening, man, folder, list(evening.sold))


async def _lift_limit(office: ServerApi, evening: Evening) -> None:
    """Let any number in: a gate that came once and is gone keeps its share of a limit."""
    zones = f"{evening.site.path}/zones"
    (zone,) = (await office._ask("GET", f"{evening.site.path}/plan"))["zones"]
    terms = {name: zone[name] for name in FIELDS[PlanKind.ZONE]} | {"capacity": None}
    await office._ask("PUT", f"{zones}/{zone['id']}", json=terms)
    await office.post(f"{evening.site.path}/handover")


@contextmanager
def changed(site: Site, change: Callable[[str, bytes], bytes]) -> Iterator[None]:
    """Let the middleman change answers for a while."""
    before, site.man.change = site.man.change, change
    try:
        yield
    finally:
        site.man.change = before


def synced(folder: Path) -> dict[str, Any]:
    """Sync a gate that must succeed, and return its line."""
    done = gatekeeper("sync", "--profile", folder)
    assert done.returncode == 0, done.stderr.decode()
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


def refused(folder: Path) -> tuple[int, str]:
    """Sync a gate that must fail; returns its exit status and what it said last."""
    done = gatekeeper("sync", "--profile", folder)
    assert done.returncode != 0
    assert done.stdout == b""
    return done.returncode, done.stderr.decode().splitlines()[-1]


def scanned(folder: Path, *lines: str | bytes) -> list[dict[str, Any]]:
    """Feed a lane, and return its answers: one for each line."""
    given = b"".join((one.encode() if isinstance(one, str) else one) + b"\n" for one in lines)
    done = gatekeeper("lane", "--profile", folder, "--gate", "North", feed=given)
    assert done.returncode == 0, done.stderr.decode()
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines)
    return answers


@contextmanager
def open_lane(folder: Path) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Run a lane; gives what shows it a code."""
    words = (programs.GATEKEEPER, "lane", "--profile", folder, "--gate", "North")
    pipe = subprocess.PIPE
    with programs.start(words, stdin=pipe, stdout=pipe, is_text=True) as lane:
        stdin, stdout = lane.stdin, lane.stdout
        assert stdin is not None
        assert stdout is not None

        def show(code: str) -> dict[str, Any]:
            stdin.write(code + "\n")
            stdin.flush()
            answer: dict[str, Any] = json.loads(stdout.readline())
            return answer

        yield show
    assert lane.returncode == 0


def claimed(site: Site, folder: Path, code: str) -> httpx.Response:
    """Claim as the gate in a folder does, without its program."""
    body = {
        "code": code,
        "gate_id": site.evening.gates["North"],
        "direction": "in",
        "claim_id": "of no program",
        "scanned_at": "2026-11-20T12:00:00Z",
    }
    token = know_folder(folder)
    return httpx.post(
        f"{site.server.url}/sync/v1/claims",
        json=body,
        headers={"authorization": f"Bearer {token}"},
        auth=Proven(),
        timeout=30,
    )


def verified(folder: Path) -> int:
    """Verify a gate's journal; returns how many entries the server does not hold yet."""
    done = gatekeeper("journal", "verify", "--profile", folder)
    assert done.returncode == 0, done.stdout.decode()
    return int(json.loads(done.stdout)["pending"])
