"""A turnstile beside the screen: opens after green, and takes back what nobody used."""

from __future__ import annotations

import logging
from typing import Final

from cachetools import FIFOCache
from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from gatekeeper.gate.answer import LaneStatus, ScanAnswer
from gatekeeper.gate.requests import Deed, Scan, Undo
from gatekeeper.presenters.fault_words import raise_unforeseen, spell_fault
from gatekeeper.presenters.gate.decision_content import describe_not_passed, spell_arm_fault
from gatekeeper.presenters.gate.verdict_content import describe_stop
from gatekeeper.turnstile.granted_passages import ArmEnd, Granted, GrantedPassages
from gatekeeper.turnstile.opening_arm import Turnstile
from gatekeeper.turnstile.ports import ArmOutcome, ArmPassage, ArmRelay
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.ui.loop_thread import OnDone, OnFailed
from gatekeeper.wording.texts import TEXTS
from shared.admission.evacuation import EvacuationPhase
from shared.journal.entry import NoteBody
from shared.kernel.errors import BadInput, GatekeeperError, StoreFault, trouble_of
from shared.kernel.trouble import NO_TROUBLE, TroubleKind

EXIT_OPENED_EVERY_MS: Final = 2_000
"""How often an arm is opened for those who leave a zone that is emptied: it lets one through."""

_KEPT_MAX: Final = 64
_log: Final = logging.getLogger(__name__)


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
        self._granted = GrantedPassages()
        self._offered: FIFOCache[str, Scan] = FIFOCache(_KEPT_MAX)
        self._refused: list[Deed | Scan] = []
        self._turnstile = Turnstile(relay, self._reported.emit)
        self._reported.connect(self._take)
        scans.answered.connect(self._grant)
        scans.offered.connect(self._offer)
        scans.await_arm(has_sensor=self._turnstile.has_sensor)
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
        """Keep an exit open for as long as the zone is evacuated; told once a second."""
        refused, self._refused = self._refused, []
        for deed in refused:
            self._record(deed, on_failed=raise_unforeseen)
        is_open = status.evacuation == EvacuationPhase.STOP and status.direction != "in"
        if is_open == self._evacuation.isActive():
            return
        if not is_open:
            self._evacuation.stop()
            self._record(NoteBody("exit_closed", ""))
            return
        self._has_failed = False
        self._turnstile.call_off()
        self._turnstile.pulse()
        self._evacuation.start()
        self._record(NoteBody("exit_opened", ""))

    def _take_stuck_exit(self) -> None:
        """Say on the screen that somebody must open by hand; on record it stands once."""
        self._scans.hint(TEXTS.say("evacuation.arm_failed"))
        if not self._has_failed:
            self._has_failed = True
            self._record(NoteBody("exit_stuck", ""))

    def _offer(self, request: Scan, answer: ScanAnswer) -> None:
        self._offered[answer.claim_id] = request
        self._grant(answer)

    def _grant(self, answer: ScanAnswer) -> None:
        if answer.verdict != "admit" or answer.is_repeat:
            return
        is_exit, is_watched = answer.direction != "in", self._turnstile.has_sensor
        granted = Granted(answer.claim_id, answer.count, is_exit, is_watched, answer.is_offered)
        note = self._granted.grant(granted)
        self._scans.hold_for_passage(is_held=is_watched)

        def let_through(_: object) -> None:
            for _ in range(answer.count):
                self._turnstile.grant(answer.claim_id)

        def stay_closed(fault: BaseException) -> None:
            why = trouble_of(fault) if isinstance(fault, GatekeeperError) else NO_TROUBLE
            for _ in range(answer.count):
                self._take(ArmPassage(answer.claim_id, ArmOutcome.FAILED, why))
            raise_unforeseen(fault)

        # A gate that dies before the arm was told to open frees the ticket at its next start.
        self._engine.do(note, let_through, stay_closed)

    def _take(self, passage: ArmPassage) -> None:
        if not passage.claim_id:
            self._take_stuck_exit()
            return
        if passage.why:
            _log.warning("the turnstile: %s", passage.why.text)
        end = self._granted.take(passage)
        if end is None:
            return
        if end.granted.is_offered:
            self._scan_out(end)
        if end.note is not None:
            self._record(end.note)
        if end.undone_for:
            self._take_back(end)
            return
        self._scans.hold_for_passage(is_held=False)
        if end.passed and end.passed + end.opened + end.unsure < end.granted.persons:
            self._hint("arm.some", end, count=end.passed, of=end.granted.persons)
        elif end.unsure and not end.passed:
            self._hint("arm.unsure", end)

    def _scan_out(self, end: ArmEnd) -> None:
        """Put on record who has gone out; whatever is answered, they have."""
        claim_id = end.granted.claim_id
        offered = self._offered.pop(claim_id, None)
        if offered is None or not end.passed:
            return
        gone = replace(
            offered,
            direction="out",
            count=end.passed,
            claim_id=claim_id,
            awaits_passage=False,
            has_passed=True,
        )
        self._record(gone)

    def _hint(self, key: str, end: ArmEnd, **values: object) -> None:
        said = TEXTS.say(key, **values)
        if end.why:
            said = TEXTS.say("fault.detail", what=said, detail=spell_arm_fault(end))
        self._scans.hint(said)

    def _take_back(self, end: ArmEnd) -> None:
        """Free the ticket again: nobody went in on it; or let its holder be inside still.

        The next visitor waits for that word: it would wipe theirs from the screen.
        """

        def tell(_: object) -> None:
            self._scans.show_end(describe_not_passed(end, TEXTS))
            self._scans.hold_for_passage(is_held=False)

        def fail(fault: BaseException) -> None:
            if isinstance(fault, BadInput) and fault.kind is TroubleKind.UNDONE_ALREADY:
                tell(None)
            else:
                self._scans.show_end(describe_stop(spell_fault(fault)))
                self._scans.hold_for_passage(is_held=False)
                raise_unforeseen(fault)

        if end.granted.is_offered:
            if not end.passed:  # on record are those alone who have
                self._scans.take_back(end.granted.claim_id)
            tell(None)
            return
        self._record(Undo(end.granted.claim_id, end.undone_for), tell, fail)

    def _record(
        self,
        deed: Deed | Scan,
        on_done: OnDone[object] = lambda _: None,
        on_failed: OnFailed | None = None,
    ) -> None:
        """Put on record what the arm has told; where the disk refuses that, again until it does.

        Nobody stands there any more who could ask for it: a ticket would stay used, or its holder
        inside.
        """

        def fail(fault: BaseException) -> None:
            if isinstance(fault, StoreFault):
                self._refused.append(deed)
            (on_failed or self._engine.broke.emit)(fault)

        if isinstance(deed, Scan):
            self._engine.scan(deed, on_done, fail)
        else:
            self._engine.do(deed, on_done, fail)
