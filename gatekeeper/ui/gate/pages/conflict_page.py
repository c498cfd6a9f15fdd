"""The conflicts that nobody has settled, one at a time, with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from PySide6.QtCore import Signal

from gatekeeper.presenters.conflict_kinds import spell_kind
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.presenters.ticket_naming import name_ticket
from gatekeeper.supervisor.shown_to_supervisors import ConflictView
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.gate.pages.supervisor_page import SupervisorPage
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.page_parts import make_label
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_time
from shared.kernel.instant import Instant
from shared.wire.feed import Disposition

SIDES_SHOWN: Final = 4
"""Places of a double entry that a supervisor sees; more are counted."""


class ConflictPage(SupervisorPage):
    """Evidence, and what became of it."""

    settled = Signal(str, str)  # conflict id, disposition

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes, "conflictPage")
        self._views: tuple[ConflictView, ...] = ()
        self._place = 0
        self._now: Instant = Instant(0)
        self._zone: tzinfo | None = None
        self._title = make_label(role="title", name="conflictTitle")
        self._what = make_label(role="lead", name="conflictWhat")
        self._sides = make_label(name="conflictSides")
        self._order = make_label(role="muted", name="conflictOrder")
        self._ways = ActionGrid(sizes, 2)
        self._ways.chosen.connect(self._settle)
        self._grids.append(self._ways)
        self._foot.chosen.connect(self._press_foot)
        column = self._body.column
        for part in (self._title, self._what, self._sides, self._order):
            column.addWidget(part)
        fill(column, STRETCH, self._ways, STRETCH)
        self._body.may_drop(self._order)
        fill(self._rows, (self._body, 1), self._foot)
        self.set_sizes(sizes)

    @property
    def current(self) -> ConflictView | None:
        """The one that is shown, or None if there is none."""
        return self._views[self._place] if self._views else None

    def show_conflicts(
        self, views: Sequence[ConflictView], now: Instant, zone: tzinfo | None
    ) -> None:
        """Show what is open."""
        self._views, self._now, self._zone = tuple(views), now, zone
        self._place = min(self._place, max(0, len(self._views) - 1))
        self._show()

    def _show(self) -> None:
        view = self.current
        foot = [Option("back", TEXTS.say("manual.back"))]
        if len(self._views) > 1:
            foot.append(Option("next", TEXTS.say("conflict.next")))
        self._foot.show_options(foot)
        for part in (self._sides, self._ways):
            part.setVisible(view is not None)
        self._body.set_wanted(self._order, is_wanted=view is not None)
        if view is None:
            self._title.setText(TEXTS.say("conflict.none"))
            self._what.setText(TEXTS.say("conflict.none_hint"))
            self._foot.focus_first()
            return
        self._title.setText(
            TEXTS.say("conflict.title", number=self._place + 1, total=len(self._views))
        )
        self._what.setText(self._spell_kind(view))
        self._sides.setText("\n".join(self._spell_sides(view)))
        key = "conflict.ordered" if view.is_ordered else "conflict.unordered"
        self._order.setText(TEXTS.say(key) if len(view.sides) > 1 else "")
        self._ways.show_options(
            [Option(way.value, TEXTS.say(f"settle.{way.value}")) for way in Disposition]
        )
        self._ways.forget_presses()
        self._ways.focus_first()

    def _spell_kind(self, view: ConflictView) -> str:
        said = spell_kind(view.kind)
        if view.ticket_id is None:
            return said
        ticket = name_ticket(view.ticket_id, view.printed)
        return TEXTS.beside(said, ticket)

    def _spell_sides(self, view: ConflictView) -> list[str]:
        lines = []
        for side in view.sides[:SIDES_SHOWN]:
            time = TEXTS.say("conflict.no_time")
            if side.at is not None:
                time = spell_time(side.at, self._now, self._zone, TEXTS)
            key = "conflict.side_here" if side.is_here else "conflict.side"
            lines.append(TEXTS.say(key, gate=side.gate, time=time))
        more = len(view.sides) - SIDES_SHOWN
        return [*lines, TEXTS.say("conflict.more", count=more)] if more > 0 else lines

    def _settle(self, disposition: str) -> None:
        view = self.current
        if view is not None:
            self.settled.emit(view.conflict_id, disposition)

    def _press_foot(self, key: str) -> None:
        if key == "back":
            self.left.emit()
            return
        self._place = (self._place + 1) % max(1, len(self._views))
        self._show()
