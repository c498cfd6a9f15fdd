"""From the organizer's words to the report's numbers: a server, a gate's lane, a thin scanner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.admission.reasons import Reason
from shared.kernel.id_types import ClaimId
from shared.manifest.door_questions import DoorAnswer
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_gate
from tests.integration.server_sync.ledger.test_door_answers import BAGS, MEAL, answered, ask

pytestmark = pytest.mark.either_database


async def asked_at_the_gate(gate: WiredGate, code: str, *numbers: int) -> str:
    """Scan, answer each question that is asked, and return the last reason."""
    said: tuple[DoorAnswer, ...] = ()
    for number in numbers:
        answer = await gate.scan(code, answers=said)
        assert answer.reason == Reason.QUESTION, answer
        said = (*said, DoorAnswer(answer.questions[0].id, number))
    return str((await gate.scan(code, answers=said)).reason)


async def asked_by_scanner(made: LedgerOffice, device: Any, code: str, *numbers: int) -> str:
    """Claim as a thin scanner does, which knows nothing; each claim is sent twice."""
    said: dict[str, int] = {}
    claim_id = ClaimId(f"thin-{code[-6:]}")
    answer: dict[str, Any] = {}
    for place in range(len(numbers) + 1):
        first = await made.claimed(device, code, claim_id, answers=said)
        answer = await made.claimed(device, code, claim_id, answers=said)
        assert answer == first
        if answer["reason"] != "question":
            break
        said = said | {answer["questions"][0]["id"]: numbers[place]}
    return str(answer["reason"])


async def test_what_is_asked_at_the_api_is_answered_at_gates_and_counted_in_the_report(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Connected, cut off and thin; to the number, each once after every retry."""
    made = ledger_office
    await ask(made, BAGS, MEAL)
    await made.office.ok("POST", f"{made.path}/handover", made.owner)
    gate = await open_gate(made, tmp_path, 0)
    await gate.sync()
    thin = await made.enrol(1, role="scanner", begins=False)
    codes = made.codes

    assert await asked_at_the_gate(gate, codes[0], 1, 0) == "ok"
    assert await asked_by_scanner(made, thin, codes[1], 0, 2) == "ok"
    assert await answered(made) == {
        ("Bags?", "Yes"): 1,
        ("Bags?", "No"): 1,
        (MEAL["text"], "Meat"): 1,
        (MEAL["text"], "Neither"): 1,
    }
    assert await asked_by_scanner(made, thin, codes[0]) == "already_used"

    await gate.cut()
    assert await asked_at_the_gate(gate, codes[2], 1, 2) == "ok"
    assert str((await gate.scan(codes[3])).reason) == "question"  # and goes away
    await gate.mend()
    await gate.sync()
    counts = {
        ("Bags?", "Yes"): 2,
        ("Bags?", "No"): 1,
        (MEAL["text"], "Meat"): 1,
        (MEAL["text"], "Neither"): 2,
    }
    assert await answered(made) == counts
    await gate.session.close()
    await made.office.ok("GET", f"{made.path}/report", made.owner)
    assert await answered(made) == counts
