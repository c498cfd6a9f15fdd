"""One frame under examination: what was read, what was seen, what waits to be confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from math import hypot, sqrt
from typing import Final

import numpy as np
import zxingcpp

from gatekeeper.readers import decoder_libraries, qr_finder, qr_grid
from gatekeeper.readers.decoder_libraries import PictureLook, ReadSymbol
from gatekeeper.readers.picture_filters import Preparation
from gatekeeper.readers.picture_turning import TurnedPicture, askew
from gatekeeper.readers.qr_grid import CodePlace, Grey, Sight
from gatekeeper.readers.qr_symbol import Soft

_TRIES_A_PLACE: Final = 12
_CONFIRMED_MAX: Final = 3
_HELD_SHARE: Final = 0.8  # of what earlier frames showed, when another is added


class FrameSearch:
    """One frame under examination: what was read, what was seen, where we looked.

    Attributes:
        frame: In grey.
        codes: What was read and is sure.
        unsure: What was read once, in this frame; to be confirmed in another way.
        held: What was seen of a symbol that could not be read.
        effort: What kind of effort a try at the present place is.
    """

    def __init__(
        self, frame: Grey, held: Sight | None = None, unsure: Iterable[ReadSymbol] = ()
    ) -> None:
        """Begin with what earlier frames have left: a symbol not read, codes not confirmed."""
        self.frame = frame
        self.codes: list[ReadSymbol] = []
        self.held: Sight | None = None
        self.effort = "flat"
        self._before = held
        self._degrees: float | None = None
        self.unsure: list[ReadSymbol] = []
        self._unsure_before = list(unsure)
        self._places: list[CodePlace] = []
        self._bent: CodePlace | None = None
        self._visited: list[CodePlace] = []

    def take(self, reading: PictureLook) -> None:
        """Keep what is sure, hold the rest until a second reading agrees."""
        for code in reading.codes:
            if code.is_sure:
                self._keep(code)
                continue
            other = next((one for one in self._all_unsure() if _confirms(one, code)), None)
            if other is None:
                self.unsure.append(code)
            else:
                self._keep(decoder_libraries.with_engine(other, code.engine))
        self._places += reading.places

    def read(self, look: Preparation) -> None:
        """Read QR codes in the frame prepared in one way."""
        self.take(_prepared(self.frame, look, decoder_libraries.QR))

    def read_others(
        self, look: Preparation, formats: zxingcpp.BarcodeFormats, *, is_levelled: bool
    ) -> None:
        """Read other symbologies in the frame prepared in one way, its stripes upright or not."""
        turned = TurnedPicture(self.frame, self._askew() if is_levelled else 0.0)
        self.take(turned.turn_back(_prepared(turned.picture, look, formats)))

    def confirm(self, look: Preparation, formats: zxingcpp.BarcodeFormats) -> None:
        """Read what was read but is not sure once more, around where it is."""
        for code in self._unconfirmed()[:_CONFIRMED_MAX]:
            part, offset = _part_around(self.frame, code)
            turned = TurnedPicture(part, self._askew())
            kinds = decoder_libraries.QR if code.symbology == "QRCode" else formats
            reading = turned.turn_back(_prepared(turned.picture, look, kinds))
            reading.codes = [_shifted(one, offset) for one in reading.codes]
            self.take(PictureLook(reading.codes))

    def adopt(self, codes: Iterable[ReadSymbol], scale: float) -> None:
        """Keep what was read in a smaller picture of this, so many pixels for one of the frame."""
        for code in codes:
            self._keep(rescaled(code, scale))

    def find(self, *, version: int | None, is_negative: bool) -> None:
        """Look for finder patterns."""
        seen = 255 - self.frame if is_negative else self.frame
        picture = np.asarray(seen, dtype=np.uint8)
        self._places += qr_finder.find_places(picture, version=version)

    def find_closed(self) -> None:
        """Look for finder patterns whose rings are closed."""
        self._places += qr_finder.find_closed_places(self.frame)

    def look_again(self, *, is_bent: bool) -> None:
        """Go on where a symbol was seen in an earlier frame, as if it were flat or not."""
        if self._before is not None:
            self._places.insert(0, self._before.place)
            self._bent = self._before.place if is_bent else None

    def places(self) -> Iterator[Iterator[None]]:
        """Yield for each new place the tries to read it; each step of one is a bounded effort."""
        while self._places:
            place = self._places.pop(0)
            if any(_is_same_place(place, other) for other in self._visited):
                continue
            self._visited.append(place)
            self.effort = "bent" if place is self._bent else "flat"
            if not any(_is_inside(place, code) for code in self.codes):
                yield self._tries(place)

    @property
    def has_unsure(self) -> bool:
        """Whether something was read once that another look could confirm."""
        return bool(self._unconfirmed())

    def _all_unsure(self) -> list[ReadSymbol]:
        return [*self.unsure, *self._unsure_before]

    def _unconfirmed(self) -> list[ReadSymbol]:
        """What was read once that another look could confirm."""
        return [
            one for one in self._all_unsure() if not any(_agree(one, code) for code in self.codes)
        ]

    def _askew(self) -> float:
        if self._degrees is None:
            self._degrees = askew(self.frame)
        return self._degrees

    def _tries(self, place: CodePlace) -> Iterator[None]:
        before = self._soft_before(place)
        is_bent = place is self._bent
        sights = qr_grid.resolve(self.frame, place, before, is_bent=is_bent)
        for sight in islice(sights, _TRIES_A_PLACE):
            modules = None if sight is None else sight.modules
            text = None if modules is None else decoder_libraries.read_modules(modules)
            if text is not None:
                around = tuple((float(x), float(y)) for x, y in place.corners)
                self._keep(ReadSymbol(text, "QRCode", "grid", around))
                return
            if sight is not None:
                self.held = _added(sight, before)
            yield

    def _soft_before(self, place: CodePlace) -> Soft | None:
        """Return what earlier frames showed of the symbol at a place, if it is there still."""
        held = self._before
        if held is None or place.version not in {None, held.place.version}:
            return None
        away = np.abs(place.corners - held.place.corners)[[0, 1, 3]].max()
        return held.soft if away < place.edge / 4 else None

    def _keep(self, code: ReadSymbol) -> None:
        if not any(_agree(code, other) or _is_finder_of(other, code) for other in self.codes):
            self.codes.append(code)


def _added(sight: Sight, before: Soft | None) -> Sight:
    if before is None or before.shape != sight.soft.shape:
        return sight
    soft = np.asarray(sight.soft + _HELD_SHARE * before, dtype=np.float32)
    return Sight(sight.place, soft, None)


def _prepared(picture: Grey, look: Preparation, formats: zxingcpp.BarcodeFormats) -> PictureLook:
    return decoder_libraries.read_zxing(
        look.prepare(picture),
        scale=look.scale,
        engine=f"zxing:{look.name}",
        formats=formats,
        binarizer=look.binarizer,
        is_plain=False,
    )


def _part_around(frame: Grey, code: ReadSymbol) -> tuple[Grey, tuple[int, int]]:
    """Return the part of a frame that holds a code with room around it, and where it begins."""
    room = 24 + _edge(code) / 6
    xs, ys = ([at[axis] for at in code.corners] or [0.0] for axis in (0, 1))
    left, top = max(0, int(min(xs) - room)), max(0, int(min(ys) - room))
    part = frame[
        top : max(top + 1, int(max(ys) + room)), left : max(left + 1, int(max(xs) + room))
    ]
    return np.ascontiguousarray(part), (left, top)


def _shifted(code: ReadSymbol, offset: tuple[int, int]) -> ReadSymbol:
    around = tuple((x + offset[0], y + offset[1]) for x, y in code.corners)
    return ReadSymbol(code.text, code.symbology, code.engine, around, code.is_sure)


def _confirms(one: ReadSymbol, other: ReadSymbol) -> bool:
    """Tell whether two looks of different kinds agree; one look may err twice in the same way."""
    return one.engine != other.engine and _agree(one, other)


def _agree(one: ReadSymbol, other: ReadSymbol) -> bool:
    """Tell whether two readings are of one symbol and say the same."""
    if one.text != other.text or one.symbology != other.symbology:
        return False
    return _is_near(_middle(one), _middle(other), max(_edge(one), _edge(other)))


def _is_finder_of(ticket: ReadSymbol, code: ReadSymbol) -> bool:
    """Tell whether a Micro QR code is a finder pattern of a QR code, as a shaken one looks."""
    if (ticket.symbology, code.symbology) != ("QRCode", "MicroQRCode"):
        return False
    return _is_near(_middle(ticket), _middle(code), _edge(ticket) * sqrt(2))


def _middle(code: ReadSymbol) -> tuple[float, float]:
    count = max(len(code.corners), 1)
    return sum(x for x, _ in code.corners) / count, sum(y for _, y in code.corners) / count


def _edge(code: ReadSymbol) -> float:
    xs, ys = [x for x, _ in code.corners] or [0.0], [y for _, y in code.corners] or [0.0]
    return max(max(xs) - min(xs), max(ys) - min(ys))


def _is_near(one: tuple[float, float], other: tuple[float, float], edge: float) -> bool:
    return hypot(one[0] - other[0], one[1] - other[1]) < max(edge / 2, 8)


def _is_same_place(one: CodePlace, other: CodePlace) -> bool:
    if one.version != other.version or one.is_rough != other.is_rough:
        return False
    return bool(np.abs(one.corners - other.corners).max() < one.edge / 40)


def _is_inside(place: CodePlace, code: ReadSymbol) -> bool:
    x, y = place.corners.mean(axis=0)
    return _is_near((float(x), float(y)), _middle(code), place.edge / 2)


def rescaled(code: ReadSymbol, scale: float) -> ReadSymbol:
    """Return a code of a picture with so many pixels for one of the frame, as in the frame."""
    if scale == 1.0:
        return code
    around = tuple((x / scale, y / scale) for x, y in code.corners)
    return ReadSymbol(code.text, code.symbology, code.engine, around, code.is_sure)
