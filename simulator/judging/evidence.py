"""What checkers judge: what was seen, what devices recorded, what the ledger holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import msgspec

from shared.journal.entry import ReleaseBody, ScanBody, UndoBody
from shared.journal.sale_body import SaleBody
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import Instant
from shared.wire.live_board import LiveBoard
from simulator.boxoffice.books import OfficeEvidence
from simulator.history import History, ShownScan
from simulator.judging.ledger_and_device_views import DeviceView, HeldEntry, LedgerView
from simulator.scenario import Scenario
from simulator.venue import Venue

Seen = TypeVar("Seen")
"""What the checks of a further event are given."""


class Violation(msgspec.Struct, frozen=True):
    """A broken promise.

    Attributes:
        invariant: `I1` to `I10`, or `live` where a world did not become quiet.
        text: What was found.
    """

    invariant: str
    text: str


def run_checks(
    evening: str, evidence: Seen, *checks: Callable[[Seen], Iterator[str]]
) -> list[Violation]:
    """Run checks of a further event; each violation says which one has found it."""
    return [
        Violation(f"{evening} {name_of(check)}", text)
        for check in checks
        for text in check(evidence)
    ]


def make_judge(
    evening: str,
    gather: Callable[[Any], Awaitable[Seen]],
    *checks: Callable[[Seen], Iterator[str]],
) -> Callable[[Any], Awaitable[list[Violation]]]:
    """Make the judge of a further event that reads everything first, and then runs its checks.

    Args:
        evening: What it is called in findings.
        gather: Given what was played, reads what the checks are to see.
        checks: Each of one promise.
    """

    async def judge(played: Any) -> list[Violation]:
        return run_checks(evening, await gather(played), *checks)

    return judge


def name_of(check: Callable[[Seen], Iterator[str]]) -> str:
    """Name what a check is for, as its function is called: `made up` of `check_made_up`."""
    return check.__name__.removeprefix("check_").replace("_", " ")


class Passage(msgspec.Struct, frozen=True):
    """A scan that a device recorded as admitted.

    Attributes:
        device_id: Whose journal.
        node: Its node.
        held: The journal entry.
        body: What it says.
        is_taken_back: An undo or a release of the same device stands in its journal as well.
        scan: The presentation that it answered, if its answer was shown.
    """

    device_id: DeviceId
    node: str
    held: HeldEntry
    body: ScanBody
    is_taken_back: bool
    scan: ShownScan | None


class Evidence(msgspec.Struct):
    """All of one world, when it is quiet.

    Attributes:
        scenario: What the world was like.
        venue: The event.
        history: What was seen.
        ledger: What the server holds.
        devices: What each device holds.
        public_keys: The devices' journal keys.
        passages: What devices recorded as admitted, device by device.
        sales: Sales that devices recorded.
        ended: True time of the end.
        hostile_id: The hostile device.
        hostile_key: Its journal's key.
        dishonest: The node of the gate that relays dishonestly, or "".
        presold: Persons per ticket id, of tickets sold before doors.
        ends: Last instants of tickets that are not good for the whole evening.
        board: What the organizer's board shows.
        till_office: What was seen at the box office, and its books; None where tills keep no
            drawers.
    """

    scenario: Scenario
    venue: Venue
    history: History
    ledger: LedgerView
    devices: list[DeviceView]
    public_keys: dict[str, bytes]
    passages: list[Passage]
    sales: list[tuple[str, HeldEntry, SaleBody]]
    ended: Instant
    hostile_id: str
    hostile_key: bytes
    dishonest: str
    presold: dict[int, int]
    ends: dict[int, Instant]
    board: LiveBoard
    till_office: OfficeEvidence | None = None

    def persons_of(self, ticket_id: TicketId) -> int:
        """Return for how many a ticket stands."""
        return self.presold.get(ticket_id, 1)


def gather_passages(devices: list[DeviceView], history: History) -> list[Passage]:
    """Read the admissions out of the devices' journals."""
    shown = {
        (scan.node, scan.answer.seq): scan for scan in history.scans if scan.answer is not None
    }
    found: list[Passage] = []
    for device in devices:
        taken_back = {
            held.body.claim_id
            for held in device.entries
            if isinstance(held.body, UndoBody | ReleaseBody)
        }
        found += [
            Passage(
                device_id=device.device_id,
                node=device.node,
                held=held,
                body=held.body,
                is_taken_back=held.body.claim_id in taken_back,
                scan=shown.get((device.node, held.entry.seq)),
            )
            for held in device.entries
            if isinstance(held.body, ScanBody) and held.body.verdict == "admit"
        ]
    return found


def gather_sales(devices: list[DeviceView]) -> list[tuple[str, HeldEntry, SaleBody]]:
    """Read the sales out of the devices' journals."""
    return [
        (device.node, held, held.body)
        for device in devices
        for held in device.entries
        if isinstance(held.body, SaleBody)
    ]
