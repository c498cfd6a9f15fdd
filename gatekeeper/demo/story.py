"""The whole story: enrol, sync, scan, cut the cable, scan at both gates, sell, heal, reconcile.

Everything is real: the server's own program, HTTP over the loopback, gates with their profile
folders, signed journals. Only the cable is ours (`gatekeeper.demo.cable`).
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from gatekeeper.bootstrap import enrolment_ways
from gatekeeper.demo.cable import Cable
from gatekeeper.demo.evening import (
    make_enrolment_line,
    sell_tickets,
    set_up_evening,
)
from gatekeeper.demo.server_process import ServerProcess
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from gatekeeper.organizer.office import Office
from gatekeeper.session import GateSession
from gatekeeper.sync.enrolment import enrol, read_code
from gatekeeper.system import System
from shared.kernel.ed25519 import sha256
from shared.kernel.errors import EnvironmentFault
from shared.kernel.instant import SECOND, datetime_from_instant

TICKETS: Final = 40
WALKUPS: Final = 3
DOUBLES: Final = 6
EMAIL: Final = "organizer@example.org"
PASSWORD: Final = "lanterns on the harbour wall"  # noqa: S105 - of a server that lives for the demo
_SYNC_ROUNDS_MAX: Final = 10


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the story came to; the last line of `gatekeeper demo --headless`."""

    admitted: int
    denied: int
    double_uses: int
    conflicts: int
    walkups_sold: int
    walkups_admitted: int
    lost_scans: int
    converged: bool
    seconds: float
    codes: list[str]
    keyring: list[dict[str, Any]]


class House:
    """The demo's building: one server, a cable for each device, two gates and a till.

    Attributes:
        north: A gate.
        south: The other gate.
        till: A box office, cut off like them.
        evening: The event.
        folder: Where everything lies.
    """

    def __init__(self, folder: Path, system: System) -> None:
        """Name the folder; `open` builds."""
        self.folder = folder
        self._system = system
        self._server = ServerProcess(folder / "server")
        self._cables: list[Cable] = []
        self._sessions: list[GateSession] = []
        self.office = Office("http://127.0.0.1:1")

    async def open(self) -> None:
        """Start the server, set the event up, enrol the devices and sync them.

        Raises:
            EnvironmentFault: if the server does not come up.
            Rejected: if it refuses a step.
        """
        (self.folder / "server").mkdir(parents=True, exist_ok=True)
        tell("starting a server, making an event with 40 tickets")
        await self._server.create_admin(EMAIL, PASSWORD)
        await self._server.start()
        await self.office.close()
        self.office = Office(f"http://127.0.0.1:{self._server.port}")
        await self.office.sign_in(EMAIL, PASSWORD)
        self.evening = await set_up_evening(
            self.office, TICKETS, datetime_from_instant(self._system.clock.wall())
        )
        tell("enrolling two gates and a till, each by its own one-time code")
        gates = self.evening.gates
        self.north = await self._enrol("north", "gate", gates["North"])
        self.south = await self._enrol("south", "gate", gates["South"])
        self.till = await self._enrol("till", "till", None)
        # The till's key is in the feed now; the gates must know it before the cable is cut.
        await self.sync_all()

    async def close(self) -> None:
        """Close devices and cables, stop the server."""
        for session in self._sessions:
            await session.close()
        for cable in self._cables:
            await cable.close()
        await self.office.close()
        await self._server.stop()

    def elapsed(self) -> float:
        """Return seconds on a clock that never goes back."""
        return self._system.clock.monotonic() / SECOND

    async def leave_gate(self, session: GateSession) -> None:
        """Close one device, so that another program may open its profile."""
        self._sessions.remove(session)
        await session.close()

    async def sell_more(self, count: int) -> list[str]:
        """Sell a few more tickets in advance; their QR digits."""
        return await sell_tickets(self.office, self.evening, count)

    def cut(self) -> None:
        """Pull every cable."""
        for cable in self._cables:
            cable.pull()

    def heal(self) -> None:
        """Plug every cable in again."""
        for cable in self._cables:
            cable.plug()

    async def sync_all(self) -> None:
        """Let each device sync until nothing is pending and all have seen all."""
        for _ in range(_SYNC_ROUNDS_MAX):
            outcomes = [await session.sync_once() for session in self._sessions]
            cursors = {outcome.cursor for outcome in outcomes}
            if len(cursors) == 1 and not any(outcome.pending for outcome in outcomes):
                return

    async def list_conflicts(self) -> list[Any]:
        """List the event's double uses as the server sees them."""
        found = await self.office.list_all(f"{self.evening.site.path}/conflicts")
        return [conflict for conflict in found if conflict["kind"] == "double_use"]

    async def _enrol(self, name: str, role: str, gate_id: str | None) -> GateSession:
        line = await make_enrolment_line(self.office, self.evening.site, role, gate_id)
        cable = Cable(self._server.port)
        await cable.open()
        self._cables.append(cable)
        line = line.replace(f":{self._server.port} ", f":{cable.port} ")
        folder = self.folder / name
        await enrol(
            self._system.open_disk(folder),
            read_code(None, line),
            name=name,
            entropy=self._system.entropy,
            ways=enrolment_ways(),
        )
        session = await GateSession.open(folder, system=self._system)
        self._sessions.append(session)
        await session.sync_once()
        return session


class Evidence:
    """Counts what the devices answered, to compare with what the server holds in the end."""

    def __init__(self) -> None:
        """Start empty."""
        self.answers: list[ScanAnswer] = []
        self.admissions: dict[str, int] = {}

    async def scan(self, session: GateSession, digits: str) -> ScanAnswer:
        """Scan a code and note the answer."""
        answer = await session.scan(Scan(digits))
        self.answers.append(answer)
        if answer.verdict == "admit" and answer.ticket_id is not None:
            self.admissions[answer.ticket_id] = self.admissions.get(answer.ticket_id, 0) + 1
        return answer

    @property
    def admitted(self) -> int:
        """How many scans were answered green."""
        return sum(answer.verdict == "admit" for answer in self.answers)

    @property
    def double_uses(self) -> int:
        """Tickets that were admitted more than once."""
        return sum(times > 1 for times in self.admissions.values())


async def tell_story(house: House, seed: int) -> Summary:
    """Play the evening in an open house and say what it came to.

    Args:
        house: Open.
        seed: Which tickets are copied and in which order they come.

    Raises:
        EnvironmentFault: if a device or the server fails.
    """
    started = house.elapsed()
    evidence = Evidence()
    # Which tickets are copied, and who comes when, follows from the seed alone.
    digits = sorted(house.evening.sold, key=lambda code: sha256(f"{seed} {code}".encode()))
    gates = (house.north, house.south)
    connected, copied, rest = digits[:16], digits[16 : 16 + DOUBLES], digits[16 + DOUBLES :]

    tell("connected: each ticket is claimed at the ledger before green")
    for number, code in enumerate(connected):
        await evidence.scan(gates[number % 2], code)
    for code in connected[:4]:
        answer = await evidence.scan(house.south, code)
        expect(is_so=answer.reason == "already_used", otherwise="a used ticket was not refused")
    forged = connected[0][:-1] + str((int(connected[0][-1]) + 1) % 10)
    answer = await evidence.scan(house.north, forged)
    expect(is_so=answer.verdict == "deny", otherwise="a forged ticket was admitted")

    tell("the cable is cut: both gates decide alone, and six tickets are shown at both")
    house.cut()
    for number, code in enumerate(rest):
        await evidence.scan(gates[number % 2], code)
    for code in copied:
        await evidence.scan(house.north, code)
        await evidence.scan(house.south, code)

    tell("the till sells on, and a gate that never heard of the tickets admits them")
    sale = house.till.till.sell(house.evening.standing_code, WALKUPS, "cash")
    walkups = [await evidence.scan(house.north, ticket.digits) for ticket in sale.tickets]

    tell("the cable is back: journals go up, what the others did comes down")
    house.heal()
    await house.sync_all()
    conflicts = await house.list_conflicts()
    lost, converged = await _compare(house, evidence)
    tell(f"{len(conflicts)} tickets were used twice; the organizer has both gates' signed entries")
    return Summary(
        admitted=evidence.admitted,
        denied=len(evidence.answers) - evidence.admitted,
        double_uses=evidence.double_uses,
        conflicts=len(conflicts),
        walkups_sold=len(sale.tickets),
        walkups_admitted=sum(answer.verdict == "admit" for answer in walkups),
        lost_scans=lost,
        converged=converged,
        seconds=round(house.elapsed() - started, 2),
        codes=[*house.evening.sold[:4], sale.tickets[0].digits],
        keyring=await house.office.get(
            f"/organizations/{house.evening.site.organization_id}/keyring"
        ),
    )


async def _compare(house: House, evidence: Evidence) -> tuple[int, bool]:
    """Compare the server's check-ins and every device's view with what was answered.

    Returns:
        How many green answers the server does not hold, and whether all views agree.
    """
    path = f"{house.evening.site.path}/checkins"
    held = {row["claim_id"] for row in await house.office.list_all(path) if not row["is_annulled"]}
    green = {a.claim_id for a in evidence.answers if a.verdict == "admit"}
    event_id = house.evening.site.event_id
    views = [
        {use.claim_id for use in session.store.uses.list_all(event_id) if not use.annulled}
        for session in (house.north, house.south, house.till)
    ]
    return len(green - held), held == green and all(view == held for view in views)


def expect(*, is_so: bool, otherwise: str) -> None:
    """Stop the demo where the story goes wrong: it must never tell what did not happen.

    Raises:
        EnvironmentFault: if it is not so.
    """
    if not is_so:
        message = f"the demo went wrong: {otherwise}"
        raise EnvironmentFault(message)


def tell(sentence: str) -> None:
    """Say on standard error what happens now."""
    print(f"demo: {sentence}", file=sys.stderr, flush=True)


def run_headless(folder: Path, system: System, seed: int) -> Summary:
    """Build the house, tell the story, tear the house down."""

    async def play() -> Summary:
        house = House(folder, system)
        try:
            await house.open()
            return await tell_story(house, seed)
        finally:
            await house.close()

    return asyncio.run(play())
