"""An edit that met another organizer's: held until somebody has chosen whose values hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from gatekeeper.organizer.merging_edits import Clash, Fields, Whose, merge
from gatekeeper.presenters.desk.plan_words import ClashWords
from gatekeeper.ui.organizer.edit_clash_box import ClashBox

T = TypeVar("T")


class EditClash(Generic[T]):
    """Shows both edits, and writes what was chosen of them.

    Args:
        box: Where they are shown.
        fields_of: Says the fields of what was edited, as it was read.
        save: Writes fields upon the other's edit: what was read, the fields, the other's tag.
        take_theirs: Shows what the server has, where nothing of one's own was chosen.
    """

    def __init__(
        self,
        box: ClashBox,
        fields_of: Callable[[T], Fields],
        save: Callable[[T, Fields, str], object],
        take_theirs: Callable[[], object],
    ) -> None:
        self._box, self._fields_of = box, fields_of
        self._write, self._take_theirs = save, take_theirs
        self._met: tuple[T, Fields, Clash] | None = None
        box.chosen.connect(self._settle)

    def meet(self, read: T, mine: Fields, clash: Clash, words: ClashWords) -> None:
        """Show what the other changed meanwhile beside one's own fields."""
        self._met = (read, mine, clash)
        self._box.show_clash(clash, words)

    def forget(self) -> None:
        """Hold nothing any more: something else is looked at."""
        self._met = None

    def _settle(self, chosen: dict[str, Whose]) -> None:
        assert self._met is not None, "a clash is shown"
        read, mine, clash = self._met
        self._met = None
        self._box.clear()
        joined = merge(self._fields_of(read), clash.theirs, mine, chosen)
        if joined == clash.theirs:
            self._take_theirs()
        else:
            self._write(read, joined, clash.etag)
