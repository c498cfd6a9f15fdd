"""The claim endpoint and the bare decision answer alike on random facts."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.db.column_types import ticket_id_to_sql
from shared.admission.checks_of_capacity_knowledge_and_clock import Circumstances, judge
from shared.admission.decide import Decision, decide_admission
from shared.admission.facts import Direction, ScanFacts, UseFact
from shared.admission.offline_policy import MayAdmit
from shared.admission.reasons import Reason
from shared.credential.keyring import Keyring
from shared.evacuations.implied_exits import persons_inside
from shared.journal.bounds import NUMBER_MAX
from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.instant import HOUR, MINUTE, Instant, format_instant
from shared.manifest.chunk_columns import CLASS_SIZE, ID_SIZE, decode_columns
from shared.manifest.fact_building import EventIndex
from shared.manifest.header import ManifestHeader
from shared.manifest.presenting import present_text
from shared.manifest.signed_document import DocumentKind, decode_document, open_document
from shared.manifest.tickets import TicketRow
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office
from tests.factories.office import test_settings
from tests.factories.strength import sized

pytestmark = pytest.mark.slow

TICKETS = 12
SCANS = 120
STATES = (
    "paid",
    "paid",
    "paid",
    "pending",
    "pending_admissible",
    "pending_approval",
    "cancelled",
    "payment_expired",
)


class BareLedger:
    """Knows what a gate knows, keeps uses in a list, and asks the decision."""

    def __init__(self, header: ManifestHeader, rows: dict[TicketId, TicketRow]) -> None:
        self.index = EventIndex(header.config)
        self.keyring = Keyring(header.keyring)
        self.rows = rows
        self.uses: dict[int, list[UseFact]] = {}

    def decide(self, code: str, scan: ScanFacts, *, id_checked: bool) -> Decision:
        """Decide one scan, and remember it if it was admitted."""
        presented = present_text(code, self.keyring, event_id=self.index.config.event_id)
        row = (
            self.rows.get(presented.ticket_id or TicketId(0))
            if presented.key is not None
            else None
        )
        uses = self.uses.setdefault(presented.ticket_id or 0, [])
        facts = self.index.build_facts(presented, row, scan)
        if isinstance(facts, Reason):
            return Decision(reason=facts)
        zone = self.index.zones[self.index.gates[scan.gate_id].zone_id]
        kind = self.index.ticket_type(presented, row)
        inside = sum(
            persons_inside(one, zone.id, Instant(NUMBER_MAX)) for one in self.uses.values()
        )
        left = None if zone.capacity is None else max(0, zone.capacity - inside)
        decision = judge(
            decide_admission(*facts, scan, uses),
            Circumstances(
                count=scan.count,
                capacity_left=left,
                may_admit=MayAdmit.LEDGER,
                is_granted=True,
                check_id=kind is not None and kind.check_id,
                id_checked=id_checked,
            ),
        )
        if decision.admit:
            use = UseFact(
                claim_id=scan.claim_id,
                zone_id=zone.id,
                direction=scan.direction,
                at=scan.at,
                count=scan.count,
            )
            uses.append(use)
        return decision


async def scramble(office: LedgerOffice, chance: random.Random) -> None:
    """Give the tickets random facts, as years of business would."""
    async with office.office.database.write(org="*") as session:
        connection = await session.connection()
        for ticket_id in office.tickets:
            opens: Instant | None = office.now + chance.randrange(-4, 3) * HOUR
            closes: Instant | None = office.now + chance.randrange(-2, 6) * HOUR
            if opens is not None and closes is not None and opens > closes:
                opens = closes = None
            await connection.execute(
                text(
                    "UPDATE ticket SET state = :state, blocked = :blocked, persons = :persons,"
                    " generation = :generation, valid_from = :opens, valid_until = :closes"
                    " WHERE event_id = :event_id AND ticket_id = :ticket_id"
                ),
                {
                    "state": chance.choice(STATES),
                    "blocked": chance.random() < 0.1,
                    "persons": chance.choice((1, 1, 2, 5)),
                    "generation": chance.choice((1, 1, 1, 2, 0)),
                    "opens": opens if chance.random() < 0.5 else None,
                    "closes": closes if chance.random() < 0.5 else None,
                    "event_id": office.event_id,
                    "ticket_id": ticket_id_to_sql(ticket_id),
                },
            )
    await office.office.ok("POST", f"{office.path}/handover", office.owner)


async def read_manifest(
    office: LedgerOffice, gate: GateDevice
) -> tuple[ManifestHeader, dict[TicketId, TicketRow]]:
    """Read the manifest as a gate does."""
    client = office.office.client
    path = f"/sync/v1/events/{office.event_id}/manifest"
    header = open_document(
        decode_document((await client.get(path, headers=gate.headers)).content),
        DocumentKind.MANIFEST,
        ManifestHeader,
        root_public_key=office.root,
        organization_id=office.owner.organization_id,
    )
    rows: dict[TicketId, TicketRow] = {}
    for ref in header.chunks:
        answer = await client.get(f"/sync/v1/chunks/{ref.sha256.hex()}", headers=gate.headers)
        ids, classes = decode_columns(answer.content, ID_SIZE, CLASS_SIZE)
        for at in range(ref.count):
            ticket_id = int.from_bytes(ids[at * 8 :][:8], "big")
            number = int.from_bytes(classes[at * 4 :][:4], "big")
            rows[TicketId(ticket_id)] = TicketRow(TicketId(ticket_id), header.classes[number])
    return header, rows


def random_zone(chance: random.Random) -> dict[str, Any]:
    """Draw a zone's terms."""
    return {
        "admit_pending": chance.random() < 0.5,
        "multiple_entries": chance.random() < 0.2,
        "reentry_after_exit": chance.random() < 0.6,
        "strict_anti_passback": chance.random() < 0.4,
        "capacity": chance.choice((None, None, 6, 20)),
    }


@pytest.mark.parametrize("seed", range(sized(1, 6)))
async def test_endpoint_answers_as_the_bare_decision(
    seed: int, tmp_path: Path, database_url: str
) -> None:
    """Over random zones, tickets and scans, verdict, reason and remainder are the same."""
    chance = random.Random(seed)
    settings = test_settings(database_url, tmp_path)
    terms = {"check_id": chance.random() < 0.3, "persons": chance.choice((1, 2))}
    async with open_ledger_office(
        settings, tickets=TICKETS, zone=random_zone(chance), ticket_type=terms
    ) as office:
        await scramble(office, chance)
        gate = await office.enrol(profile="test")
        bare = BareLedger(*await read_manifest(office, gate))
        admitted = 0
        for number in range(SCANS):
            at = office.now + chance.randrange(-300, 300) * MINUTE
            code = chance.choice(office.codes)
            if chance.random() < 0.05:
                code = code[:-1] + str((int(code[-1]) + 1) % 10)
            asked: dict[str, Any] = {
                "direction": chance.choice(("in", "in", "out")),
                "count": chance.choice((1, 1, 1, 2, 3)),
                "pending_acknowledged": chance.random() < 0.5,
                "id_checked": chance.random() < 0.7,
            }
            answer = await office.claimed(
                gate, code, f"scan-{number}", scanned_at=format_instant(at), **asked
            )
            expected = bare.decide(
                code,
                ScanFacts(
                    gate_id=gate.gate_id,
                    direction=Direction(asked["direction"]),
                    at=at,
                    claim_id=ClaimId(f"scan-{number}"),
                    count=asked["count"],
                    pending_acknowledged=asked["pending_acknowledged"],
                ),
                id_checked=asked["id_checked"],
            )
            assert (answer["reason"], answer["remaining"]) == (
                expected.reason.value,
                expected.remaining,
            ), (number, asked, answer, expected)
            assert answer["verdict"] == expected.verdict.value
            admitted += expected.admit
        assert admitted > 0
