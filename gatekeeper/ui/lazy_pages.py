"""Pages that are made when they are first asked for: a window opens with the one that it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar, overload

from PySide6.QtWidgets import QWidget

Page_co = TypeVar("Page_co", bound=QWidget, covariant=True)


class PageHolder(Protocol):
    """A window or page some of whose pages are made only when they are first shown."""

    def add_page(self, page: Any, /) -> None:
        """Own a page that was just made, and give it looks and sizes as they are now."""


class LatePage(Generic[Page_co]):
    """Stands in a holder's class for a page: `holder.page` makes it, once.

    Args:
        make: Makes the page; given the holder.
    """

    def __init__(self, make: Callable[[Any], Page_co]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        """Know its name in the holder's class."""
        self.name, self._waiting = name, f"_when_made_{name}"

    @overload
    def __get__(self, holder: None, owner: type) -> LatePage[Page_co]: ...

    @overload
    def __get__(self, holder: PageHolder, owner: type) -> Page_co: ...

    def __get__(self, holder: PageHolder | None, owner: type) -> LatePage[Page_co] | Page_co:
        """Make the page; from then on the holder has it under this name itself."""
        if holder is None:
            return self
        page = self._make(holder)
        vars(holder)[self.name] = page
        holder.add_page(page)
        for wire in vars(holder).pop(self._waiting, ()):
            wire(page)
        return page

    def made_in(self, holder: PageHolder) -> Page_co | None:
        """Return the page if it was made, and make none."""
        page: Page_co | None = vars(holder).get(self.name)
        return page

    def if_made(self, holder: PageHolder, do: Callable[[Page_co], object]) -> None:
        """Call `do` with the page if it was made."""
        page = self.made_in(holder)
        if page is not None:
            do(page)

    def when_made(self, holder: PageHolder, wire: Callable[[Page_co], object]) -> None:
        """Call `wire` with the page as soon as it is made: at once if it was."""
        page = self.made_in(holder)
        if page is None:
            vars(holder).setdefault(self._waiting, []).append(wire)
        else:
            wire(page)
