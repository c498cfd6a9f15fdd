"""Leads a supervisor through the conflicts that nobody has settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from gatekeeper.gate.requests import Deed, Settle
from gatekeeper.supervisor.shown_to_supervisors import ConflictView
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from gatekeeper.ui.gate.scan_flow import ScanFlow
from shared.kernel.id_types import ConflictId

Do = Callable[[Callable[[str], Deed], Callable[[int], None]], None]
"""Has a deed done that is made for the supervisor's id."""


class ConflictFlow:
    """Shows one after the other.

    Args:
        frame: Has the page.
        engine: Knows them.
        scans: Knows time and zone.
        do: Does what is decided.
        touch: Told of every input.
    """

    def __init__(
        self,
        frame: SupervisorFrame,
        engine: EngineThread,
        scans: ScanFlow,
        do: Do,
        touch: Callable[[], None],
    ) -> None:
        self._frame, self._engine, self._scans = frame, engine, scans
        self._do, self._touch = do, touch
        SupervisorFrame.conflicts.when_made(frame, lambda page: page.settled.connect(self._settle))

    def show(self) -> None:
        """Show what is left."""

        def take(views: Sequence[ConflictView]) -> None:
            self._frame.conflicts.show_conflicts(views, self._scans.now(), self._scans.zone)
            self._frame.show_part(self._frame.conflicts)

        self._engine.ask(lambda session: list(session.conflicts()), take)

    def _settle(self, conflict_id: ConflictId, disposition: str) -> None:
        self._touch()
        self._do(partial(Settle, conflict_id, disposition), lambda _: self.show())
