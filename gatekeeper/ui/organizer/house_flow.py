"""What happens at the card of the organization: read, changed, merged with another's edit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from PySide6.QtCore import QObject

from gatekeeper.organizer.desk import Desk
from gatekeeper.organizer.house import House, read_house, save_house
from gatekeeper.organizer.merging import Clash, Fields, Whose, merge
from gatekeeper.organizer.office import Refused, is_session_over
from gatekeeper.presenters.house_words import spell_trouble, words_of_house
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.house_card import HouseCard
from gatekeeper.wording.texts import TEXTS

T = TypeVar("T")


class HouseFlow(QObject):
    """Does what the card is asked for.

    Args:
        card: Where the organization is shown.
        thread: Does what takes time.
        desk: Whom it works for; told of another name, clock and currency.
        on_fault: Told what is no refusal: a cut network, an ended session.
        on_changed: Told once the organization is another one.
    """

    def __init__(
        self,
        card: HouseCard,
        thread: DeskThread,
        desk: Desk,
        on_fault: Callable[[BaseException], None],
        on_changed: Callable[[], object],
    ) -> None:
        super().__init__(card)
        self._card, self._thread, self._desk = card, thread, desk
        self._on_fault, self._on_changed = on_fault, on_changed
        self._is_asking = False
        self._clash: tuple[House, Fields, Clash] | None = None
        card.saved.connect(self._save)
        card.clash.chosen.connect(self._merge)

    def look(self) -> None:
        """Read the organization, unless that is being asked."""
        if not self._is_asking:
            self._do(self._read, self._show)

    async def _read(self) -> House:
        return await read_house(self._desk.office, self._desk.organization.id)

    def _show(self, house: House, *, is_anew: bool = False) -> None:
        self._card.show_house(house, is_anew=is_anew)
        before = self._desk.organization
        self._desk.call_organization(house.name, house.timezone, house.currency)
        if self._desk.organization != before:
            self._on_changed()

    def _save(self, house: House, fields: Fields, etag: str = "") -> None:
        self._card.setEnabled(False)

        def show(clash: Clash | None) -> None:
            if clash is not None:
                self._clash = (house, fields, clash)
                self._card.clash.show_clash(clash, words_of_house())
                return
            self._refill()

        self._do(lambda: save_house(self._desk.office, house, fields, etag), show)

    def _refill(self) -> None:
        def show(house: House) -> None:
            self._show(house, is_anew=True)
            self._card.say(TEXTS.say("house.saved"), "good")

        self._do(self._read, show)

    def _merge(self, chosen: dict[str, Whose]) -> None:
        """Write what was chosen of both edits."""
        assert self._clash is not None, "a clash is shown"
        house, fields, clash = self._clash
        self._clash = None
        self._card.clash.clear()
        joined = merge(house.fields, clash.theirs, fields, chosen)
        if joined == clash.theirs:
            self._refill()
        else:
            self._save(house, joined, clash.etag)

    def _do(self, work: Callable[[], Awaitable[T]], on_done: Callable[[T], object]) -> None:
        self._is_asking = True

        def finish() -> None:
            self._is_asking = False
            self._card.setEnabled(True)

        def done(result: T) -> None:
            finish()
            on_done(result)

        def failed(fault: BaseException) -> None:
            finish()
            if isinstance(fault, Refused) and not is_session_over(fault):
                self._card.say(spell_trouble(fault), "bad")
            else:
                self._on_fault(fault)

        self._thread.ask(work, done, failed)
