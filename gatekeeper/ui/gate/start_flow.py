"""From an empty folder to an open gate: pairing, first sync, choice of the gate, and faults."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from gatekeeper.device.profile_folder import PairingRequest, ProfileFolder
from gatekeeper.gate.answer import LaneStatus
from gatekeeper.presenters.fault_words import raise_unforeseen, spell_fault
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.pages.fault_page import FaultPage
from gatekeeper.ui.gate.pages.gate_choice_page import GateChoicePage
from gatekeeper.ui.gate.pages.gate_window import GateWindow
from gatekeeper.ui.gate.pages.pairing_page import PairingPage
from gatekeeper.ui.gate.pages.sync_page import SyncPage
from gatekeeper.ui.loop_thread import LOOP_RESTART_SECONDS
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import GatekeeperError, ServerFault, trouble_of
from shared.kernel.id_types import GateId
from shared.kernel.trouble import TroubleKind
from shared.manifest.event_config import GateConfig

_NO_ANSWER: Final = frozenset(
    {TroubleKind.BROKE_OFF, TroubleKind.TOO_SLOW, TroubleKind.SERVER_FAILED}
)
"""Faults after which the server may have done what it was asked for."""
_MAY_PASS: Final = frozenset({TroubleKind.DISK_FULL, TroubleKind.LOCKED})
"""Faults that end while nobody stands here: room is made from afar, another program is done."""


class StartStage(Enum):
    """Where the start stands."""

    BEGINNING = "beginning"
    PAIRING = "pairing"
    SYNCING = "syncing"
    CHOOSING = "choosing"
    FAULT = "fault"
    OPEN = "open"


class StartFlow(QObject):
    """Shows one screen after the other until the gate is open.

    Args:
        window: Has the screens.
        engine: Does the work.
        backend: Knows whether this machine is paired.
    """

    opened = Signal(object)  # LaneStatus
    became_till = Signal()
    """What was paired is a till: another window is its own."""

    def __init__(self, window: GateWindow, engine: EngineThread, backend: ProfileFolder) -> None:
        super().__init__(window)
        self._window, self._engine, self._backend = window, engine, backend
        self._status: LaneStatus | None = None
        self.stage = StartStage.BEGINNING
        pause_ms = round(LOOP_RESTART_SECONDS * 1_000)
        self._again = QTimer(self, interval=pause_ms, singleShot=True)
        self._again.timeout.connect(self.begin)
        self._is_asking = False
        self._asking_again = QTimer(self, interval=pause_ms, singleShot=True)
        self._asking_again.timeout.connect(self._ask_again)
        GateWindow.pairing_page.when_made(window, self._wire_pairing)
        GateWindow.sync_page.when_made(window, self._wire_sync)
        GateWindow.gate_choice_page.when_made(window, self._wire_choice)
        GateWindow.fault_page.when_made(window, self._wire_fault)

    def _wire_pairing(self, page: PairingPage) -> None:
        page.wanted.connect(self._pair)
        page.left.connect(self._leave_pairing)

    def _wire_sync(self, page: SyncPage) -> None:
        page.retry_wanted.connect(self._sync)
        page.later_wanted.connect(self._go_on)
        page.left.connect(self._leave_sync)
        self._engine.progressed.connect(page.show_progress)

    def _wire_choice(self, page: GateChoicePage) -> None:
        page.left.connect(self._sync)
        page.chosen.connect(self._open)
        page.retry_wanted.connect(self._sync)

    def _wire_fault(self, page: FaultPage) -> None:
        page.left.connect(self.begin)
        page.retry_wanted.connect(self.begin)

    def begin(self) -> None:
        """Start, or start again after a fault."""
        self._again.stop()
        try:
            is_paired = self._backend.is_paired()
        except GatekeeperError as fault:
            self._show_fault(fault)
            return
        if is_paired:
            self._open(None)
        else:
            self.stage = StartStage.PAIRING
            self._window.show_page(self._window.pairing_page)

    def open_gate(self, gate_id: GateId) -> None:
        """Open the gate again as another one."""
        self.stage = StartStage.BEGINNING
        self._open(gate_id)

    def pair_again(self) -> None:
        """Let a machine be paired that its server does not know any more; its journal stays."""
        self.stage = StartStage.PAIRING
        self._window.pairing_page.offer_again()
        self._window.show_page(self._window.pairing_page)

    def _leave_pairing(self) -> None:
        if self._knows_event:
            self._go_on()
        else:
            self._sync()

    def _pair(self, request: PairingRequest) -> None:
        self._engine.pair(request, lambda _: self._take_paired(), self._show_pairing_fault)

    def _take_paired(self) -> None:
        try:
            is_till = self._backend.is_till()
        except GatekeeperError as fault:
            self._show_fault(fault)
            return
        if is_till:
            self.became_till.emit()
        else:
            self._open(None)

    def _open(self, gate_id: GateId | None) -> None:
        self._engine.open(gate_id, self._take_opened, self._show_fault)

    def _take_opened(self, status: LaneStatus) -> None:
        self._status = status
        if self._knows_event:
            self._go_on()
        else:
            self._sync()

    def _sync(self) -> None:
        self.stage = StartStage.SYNCING
        self._window.sync_page.restart()
        self._window.show_page(self._window.sync_page)
        self._ask()

    def _ask(self) -> None:
        self._asking_again.stop()
        if not self._is_asking:
            self._is_asking = True
            self._engine.sync(self._take_synced, self._show_sync_fault)

    def _ask_again(self) -> None:
        """Try without a word: what it waits for is done at the desk, and nobody stands here."""
        if self.stage is StartStage.SYNCING:
            self._ask()

    def _take_synced(self, status: LaneStatus) -> None:
        self._status, self._is_asking = status, False
        if self.stage is StartStage.SYNCING:  # else somebody went on without it
            self._go_on()

    def _leave_sync(self) -> None:
        """Go on with what the gate knows; one that knows nothing cannot."""
        if self._knows_event:
            self._go_on()
        else:
            self._window.sync_page.say(TEXTS.say("sync.no_way_back"))

    def _go_on(self) -> None:
        assert self._status is not None
        if self._status.gate_id is None:
            self._engine.ask(lambda session: session.gates(), self._offer_gates)
            return
        self.stage = StartStage.OPEN
        self._window.show_page(self._window.gate_page)
        self._engine.work_in_background()
        self.opened.emit(self._status)

    def _offer_gates(self, gates: Sequence[GateConfig]) -> None:
        self.stage = StartStage.CHOOSING
        self._window.gate_choice_page.offer(gates)
        self._window.show_page(self._window.gate_choice_page)

    @property
    def is_open(self) -> bool:
        """Whether the gate answers."""
        return self.stage is StartStage.OPEN

    @property
    def _knows_event(self) -> bool:
        """Whether there is an event to stand at; not where its file on the disk is damaged."""
        status = self._status
        return (
            status is not None
            and status.knowledge_at is not None
            and bool(status.event or status.gate_id)
        )

    # ---- what may go wrong

    def _show_pairing_fault(self, fault: BaseException) -> None:
        said, page = spell_fault(fault), self._window.pairing_page
        if isinstance(fault, ServerFault) and fault.kind in _NO_ANSWER:
            page.show_no_answer()
        else:
            page.show_failure(said)
        raise_unforeseen(fault)

    def _show_sync_fault(self, fault: BaseException) -> None:
        said, self._is_asking = spell_fault(fault), False
        if self.stage is not StartStage.SYNCING:
            return
        if isinstance(fault, GatekeeperError) and trouble_of(fault).kind is TroubleKind.TOKEN:
            self.pair_again()
        else:
            self._window.sync_page.show_failure(said, can_go_on=self._knows_event)
            self._asking_again.start()
        raise_unforeseen(fault)

    def _show_fault(self, fault: BaseException) -> None:
        self.stage = StartStage.FAULT
        self._window.fault_page.show_fault(spell_fault(fault))
        self._window.show_page(self._window.fault_page)
        if isinstance(fault, GatekeeperError) and trouble_of(fault).kind in _MAY_PASS:
            self._again.start()
        raise_unforeseen(fault)
