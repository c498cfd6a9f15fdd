"""What the parts of the till's window have in common that take what is pressed."""

from __future__ import annotations

from gatekeeper.presenters.till.state import TillState


class Presses:
    """Takes what is pressed about one thing, where the window stands."""

    def __init__(self, state: TillState) -> None:
        self._state = state
