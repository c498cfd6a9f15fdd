"""Shows a supervisor in what condition the machine is, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.gate.answer import LaneStatus
from gatekeeper.presenters.gate.device_content import WindowFacts, device_rows
from gatekeeper.supervisor.shown_to_supervisors import MachineFacts
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from shared.kernel.trouble import TroubleKind


class DeviceFlow:
    """Asks the engine and fills the page.

    Args:
        frame: Has the page.
        engine: Knows the machine.
        window_facts: Tells what the machine's window is like.
    """

    def __init__(
        self,
        frame: SupervisorFrame,
        engine: EngineThread,
        window_facts: Callable[[], WindowFacts],
    ) -> None:
        self._frame, self._engine, self._window_facts = frame, engine, window_facts

    def show(self, status: LaneStatus | None) -> None:
        """Show the page, or say anew what it says."""

        def take(facts: MachineFacts) -> None:
            if status is not None:
                rows = device_rows(facts, status, self._window_facts())
                is_unknown = status.trouble == TroubleKind.TOKEN
                self._frame.device.show_rows(rows, is_unknown=is_unknown)
                self._frame.show_part(self._frame.device)

        self._engine.ask(lambda session: session.device_facts(), take)
