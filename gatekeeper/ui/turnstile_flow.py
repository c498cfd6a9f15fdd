"""A turnstile beside the screen: opens after green, and takes back what nobody used."""

from __future__ import annotations

from typing import Final

from cachetools import FIFOCache
from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from gatekeeper.gate.answer import LaneStatus, ScanAnswer
from gatekeeper.gate.requests import Undo
from gatekeeper.limits_and_times import EXIT_OPENED_EVERY_MS
from gatekeeper.presenters.decision_content import describe_not_passed, describe_stuck_arm
from gatekeeper.turnstile.ports import ArmOutcome, ArmPassage, ArmRelay
from gatekeeper.turnstile.turnstile import Turnstile
from gatekeeper.ui.engine_thread import EngineThread
from gatekeeper.ui.scan_flow import ScanFlow
from gatekeeper.wording.texts import TEXTS
from shared.admission.evacuation import EvacuationPhase
from shared.journal.entry import NoteBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ClaimId
from shared.kernel.trouble import TroubleKind

_KEPT_MAX: Final = 64


class _Grant:
    """An admission whose persons have not all been told of yet."""

    def __init__(self, answer: ScanAnswer, left: int) -> None:
        self.answer, self.left = answer, left
        self.passed = self.unknown = 0
        self.why = ""


class TurnstileFlow(QObject):
    """Gives each admission its pulse, and holds the lane until somebody has passed.

    Args:
        relay: The arm.
        engine: Records what was granted and what was passed, apart.
        scans: Tells of answers.
    """

    _reported = Signal(object)  # ArmPassage, from the turnstile's thread

    def __init__(self, relay: ArmRelay, engine: EngineThread, scans: ScanFlow) -> None:
        super().__init__(scans)
        self._engine, self._scans = engine, scans
        self._granted: FIFOCache[str, _Grant] = FIFOCache(_KEPT_MAX)
        self._turnstile = Turnstile(relay, self._reported.emit)
        self._reported.connect(self._take)
        scans.answered.connect(self._grant)
        self._evacuation = QTimer(self, interval=EXIT_OPENED_EVERY_MS)
        self._evacuation.timeout.connect(self._turnstile.pulse)
        self._has_failed = False
        engine.status_changed.connect(self._take_status)

    def close(self) -> None:
        """Let the arm go; what it has told by then is still put on record."""
        self._evacuation.stop()
        self._turnstile.close()
        QCoreApplication.sendPostedEvents(self)
        self._reported.disconnect(self._take)

    def _take_status(self, status: LaneStatus) -> None:
        """Keep an exit open for as long as the zone is evacuated."""
        is_open = status.evacuation == EvacuationPhase.STOP and status.direction != "in"
        if is_open == self._evacuation.isActive():
            return
        if not is_open:
            self._evacuation.stop()
            self._note("exit_closed", ClaimId(""))
            return
        self._has_failed = False
        self._turnstile.pulse()
        self._evacuation.start()
        self._note("exit_opened", ClaimId(""))

    def _take_stuck_exit(self) -> None:
        """Say on the screen that somebody must open by hand; on record it stands once."""
        self._scans.hint(TEXTS.say("evacuation.arm_failed"))
        if not self._has_failed:
            self._has_failed = True
            self._note("exit_stuck", ClaimId(""))

    def _grant(self, answer: ScanAnswer) -> None:
        if answer.verdict != "admit" or answer.is_repeat:
            return
        self._granted[answer.claim_id] = _Grant(answer, answer.count)
        self._scans.hold_for_passage(is_held=self._turnstile.has_sensor)
        self._note("granted", answer.claim_id)
        for _ in range(answer.count):
            self._turnstile.grant(answer.claim_id)

    def _take(self, passage: ArmPassage) -> None:
        if not passage.claim_id:
            self._take_stuck_exit()
            return
        grant = self._granted.get(passage.claim_id)
        if grant is None:
            return
        grant.left -= 1
        grant.why = passage.why or grant.why
        if passage.outcome is ArmOutcome.PASSED:
            grant.passed += 1
        elif passage.outcome is ArmOutcome.OPENED:
            grant.unknown += 1
        if grant.left:
            return
        self._granted.pop(passage.claim_id)
        self._scans.hold_for_passage(is_held=False)
        if grant.passed:
            self._note("passed", ClaimId(f"{passage.claim_id} {grant.passed}"))
            if grant.passed + grant.unknown < grant.answer.count:
                self._hint("arm.some", grant, count=grant.passed, of=grant.answer.count)
        elif grant.unknown:
            if grant.why:
                self._note("passage_unknown", passage.claim_id)
                self._hint("arm.unsure", grant)
        else:
            self._take_back(grant)

    def _hint(self, key: str, grant: _Grant, **values: object) -> None:
        said = TEXTS.say(key, **values)
        if grant.why:
            said = TEXTS.say("fault.detail", what=said, detail=grant.why)
        self._scans.hint(said)

    def _take_back(self, grant: _Grant) -> None:
        """Free the ticket again: nobody went in on it; or let its holder be inside still.

        An exit that nobody used would let a copy of the code in, as a re-entry.
        """
        claim_id, is_exit = grant.answer.claim_id, grant.answer.direction != "in"

        def tell(_: object) -> None:
            if grant.why:
                content = describe_stuck_arm(grant.why, TEXTS, is_exit=is_exit)
            else:
                content = describe_not_passed(TEXTS, is_exit=is_exit)
            self._scans.show_end(content)

        def fail(fault: BaseException) -> None:
            if isinstance(fault, BadInput) and fault.kind is TroubleKind.UNDONE_ALREADY:
                tell(None)
            else:
                self._engine.broke.emit(fault)

        self._engine.do(Undo(claim_id, "arm_failed" if grant.why else "did_not_pass"), tell, fail)

    def _note(self, topic: str, claim_id: ClaimId) -> None:
        note = NoteBody(topic, claim_id)
        self._engine.do(note, lambda _: None, self._engine.broke.emit)
