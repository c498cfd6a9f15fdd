"""Which of two is meant, of a time that a venue's clock shows twice when it goes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from gatekeeper.presenters.desk.event_draft_words import is_shown_twice, spell_shift
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import make_text
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_stamp


class WhichOfTwo(QWidget):
    """Says below fields which of two a time of theirs is, and which one the clock skips.

    The first is meant until the second is chosen; a time that is left is the first again.

    Args:
        times: What the fields show, each time that it is asked.
        zone: Of the venue; None while it is none that this laptop knows.
    """

    changed = Signal()

    def __init__(
        self, times: Callable[[], Iterable[datetime]], zone: Callable[[], tzinfo | None]
    ) -> None:
        super().__init__()
        self._times, self._zone = times, zone
        self._second: set[datetime] = set()
        self._said = make_text("", "lead", "momentWhich")
        self._boxes: dict[datetime, QCheckBox] = {}
        self._rows = fill(edge_to_edge(QVBoxLayout(self)), self._said)

    def choose_second(self, time: datetime) -> None:
        """Mean the second of a time that a field shows, as it was kept; `tell` says so."""
        self._second.add(time)

    def meant(self, time: datetime) -> datetime:
        """Return a time that a field shows, as `fold` tells the two apart."""
        return time.replace(fold=int(time in self._second))

    def tell(self) -> None:
        """Look at the fields again."""
        zone = self._zone()
        times = [] if zone is None else list(dict.fromkeys(self._times()))
        twice = [one for one in times if zone is not None and is_shown_twice(one, zone)]
        self._second &= set(twice)
        said = [spell_shift(self.meant(one), zone) for one in times if zone is not None]
        self._said.setText("\n".join(filter(None, dict.fromkeys(said))))
        if list(self._boxes) != twice:
            self._offer(twice)
        self.setVisible(any(said))

    def _offer(self, twice: Iterable[datetime]) -> None:
        for box in self._boxes.values():
            box.hide()
            box.deleteLater()
        self._boxes = {}
        for one in twice:
            box = QCheckBox(TEXTS.say("desk.plan.take_second", time=spell_stamp(one)))
            box.setObjectName("momentSecond")
            box.setChecked(one in self._second)
            box.toggled.connect(lambda is_on, one=one: self._take(one, is_second=is_on))
            self._boxes[one] = box
            self._rows.addWidget(box)

    def _take(self, time: datetime, *, is_second: bool) -> None:
        if is_second:
            self._second.add(time)
        else:
            self._second.discard(time)
        self.tell()
        self.changed.emit()
