"""Reading all codes of a picture: the fast decoder first, second opinions when it finds none.

Two ways in. `LiveDecoder` is for a camera: `first_pass` on each frame, `second_opinion`, bounded
in time, on a worker. `decode_thoroughly` is for a file, which may take a second or two.

No wrong text is the rule before any text: a reading that noise could pass for is taken only when
a second one, by another engine or from another preparation, agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from math import hypot, sqrt
from typing import Final

import numpy as np
import zxingcpp

from gatekeeper.limits_and_times import CAMERA_LOOK_MAX, PICTURE_LOOK_MAX
from gatekeeper.readers import decoders, picture_filters, qr_finder, qr_grid
from gatekeeper.readers.decoders import PictureLook, ReadSymbol
from gatekeeper.readers.picture_filters import Preparation
from gatekeeper.readers.qr_grid import CodePlace, Grey, Sight
from gatekeeper.readers.qr_symbol import Soft
from shared.kernel.instant import SECOND, Duration
from shared.kernel.ports import Clock

TICKET_VERSION: Final = 5  # of the QR codes that our tickets are printed as

_LIVE_EDGE_MAX = 1280  # pixels; larger frames are made smaller for second opinions
_FILE_EDGE_MAX = 1600
_EDGE_MIN = 16  # no symbol is smaller, whatever is done to the picture
_SMALL_EDGE = 700  # a picture below this is looked at enlarged first
_TRIES_A_PLACE = 12
_HELD_FOR: Final = SECOND  # that what was seen of a symbol counts for the next frames
_HELD_SHARE: Final = 0.8  # of what earlier frames showed, when another is added
_PLAIN_PACE = 12  # µs of a first look for 1,000 pixels of noise, which costs the most
_OTHERS_TIMES = 20  # what both looks for other symbologies cost, in first looks
_BESIDE_TIMES = 8  # what a second look for another code costs, in first looks

_Attempt = tuple[str, Callable[[], None]]


class _Search:
    """One frame under examination: what was read, what was seen, where we looked."""

    def __init__(self, frame: Grey, held: Sight | None = None) -> None:
        self.frame = frame
        self.codes: list[ReadSymbol] = []
        self.held: Sight | None = None
        self._before = held
        self._unsure: list[ReadSymbol] = []
        self._places: list[CodePlace] = []
        self._visited: list[CodePlace] = []

    def take(self, reading: PictureLook) -> None:
        """Keep what is sure, hold the rest until a second reading agrees."""
        for code in reading.codes:
            if code.is_sure:
                self._keep(code)
                continue
            other = next((one for one in self._unsure if _agree(one, code)), None)
            if other is None:
                self._unsure.append(code)
            else:
                self._keep(decoders.with_engine(other, code.engine))
        self._places += reading.places

    def read(self, look: Preparation, *, formats: zxingcpp.BarcodeFormats = decoders.QR) -> None:
        """Read the frame prepared in one way."""
        self.take(
            decoders.read_zxing(
                look.prepare(self.frame),
                scale=look.scale,
                engine=f"zxing:{look.name}",
                formats=formats,
                binarizer=look.binarizer,
                is_plain=False,
            )
        )

    def adopt(self, codes: Iterable[ReadSymbol], scale: float) -> None:
        """Keep what was read in a smaller picture of this, so many pixels for one of the frame."""
        for code in codes:
            self._keep(_rescaled(code, scale))

    def find(self, *, version: int | None, is_negative: bool) -> None:
        """Look for finder patterns."""
        seen = 255 - self.frame if is_negative else self.frame
        picture = np.asarray(seen, dtype=np.uint8)
        self._places += qr_finder.find_places(picture, version=version)

    def look_again(self) -> None:
        """Go on where a symbol was seen in an earlier frame."""
        if self._before is not None:
            self._places.insert(0, self._before.place)

    def places(self) -> Iterator[Iterator[None]]:
        """Yield for each new place the tries to read it; each step of one is a bounded effort."""
        while self._places:
            place = self._places.pop(0)
            if any(_is_same_place(place, other) for other in self._visited):
                continue
            self._visited.append(place)
            if not any(_is_inside(place, code) for code in self.codes):
                yield self._tries(place)

    @property
    def has_unsure(self) -> bool:
        """Whether something was read once that another look could confirm."""
        return any(not any(_agree(one, code) for code in self.codes) for one in self._unsure)

    def _tries(self, place: CodePlace) -> Iterator[None]:
        before = self._soft_before(place)
        for sight in islice(qr_grid.resolve(self.frame, place, before), _TRIES_A_PLACE):
            modules = None if sight is None else sight.modules
            text = None if modules is None else decoders.read_modules(modules)
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
        if not any(_agree(code, other) for other in self.codes):
            self.codes.append(code)


def _added(sight: Sight, before: Soft | None) -> Sight:
    if before is None or before.shape != sight.soft.shape:
        return sight
    soft = np.asarray(sight.soft + _HELD_SHARE * before, dtype=np.float32)
    return Sight(sight.place, soft, None)


def _agree(one: ReadSymbol, other: ReadSymbol) -> bool:
    """Tell whether two readings are of one symbol and say the same."""
    if one.text != other.text or one.symbology != other.symbology:
        return False
    return _is_near(_middle(one), _middle(other), max(_edge(one), _edge(other)))


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


class LiveDecoder:
    """Decodes one camera's frames. Not for two threads at once; give the worker its own."""

    def __init__(self, clock: Clock, *, version: int | None = TICKET_VERSION) -> None:
        """Start with no knowledge of how fast this machine is.

        Args:
            clock: Measures the effort.
            version: The QR version that second opinions look for by its finder patterns; None
                for any, which takes three times as long.
        """
        self._clock = clock
        self._version = version
        self._turn = 0
        self._costs: dict[str, Duration] = {}
        self._held: Sight | None = None
        self._held_at: Duration = Duration(0)

    def first_pass(self, frame: Grey) -> list[ReadSymbol]:
        """Read QR codes, dark on light or light on dark, in one or two milliseconds."""
        search = _Search(frame)
        search.take(decoders.read_zxing(frame))
        return search.codes

    def second_opinion(
        self, frame: Grey, *, budget: Duration = CAMERA_LOOK_MAX
    ) -> list[ReadSymbol]:
        """Look harder at a frame of which the first pass made nothing.

        What is tried first changes from call to call, so that a code held still is looked at in
        every way within a few frames; every other call goes on where a symbol was seen but not
        read, with what the earlier ones saw of it. Before each attempt its cost, as seen on this
        machine, is weighed against what is left of the budget.
        """
        start = self._clock.monotonic()
        scale = min(1.0, _LIVE_EDGE_MAX / max(frame.shape))
        if start - self._held_at > _HELD_FOR:
            self._held = None
        looked_at = frame if scale == 1.0 else picture_filters.resized(frame, scale)
        search = _Search(looked_at, self._held)
        self._turn += 1
        for name, attempt in self._attempts(search):
            before = self._clock.monotonic()
            cost = self._costs.get(name, 0)
            # What was dear once, or when the machine was busy, is made again some calls later.
            self._costs[name] = Duration(cost * 9 // 10)
            if before - start + cost > budget:
                continue
            attempt()
            spent = self._clock.monotonic() - before
            self._costs[name] = Duration(max(spent, self._costs[name]))
            if search.codes:
                break
        if search.codes:
            self._held = None
        elif search.held is not None:
            self._held, self._held_at = search.held, start
        return [_rescaled(code, scale) for code in search.codes]

    def _attempts(self, search: _Search) -> Iterator[_Attempt]:
        """List what to try this turn; what was located is followed up at once."""
        finder = self._finder(search, self._version)
        adaptive = [_look_at(search, look) for look in picture_filters.CHEAP[:2]]
        match self._turn % 4:
            case 1:
                plan = [*adaptive, *finder]
            case 2:
                plan = [
                    _look_at(search, picture_filters.ADAPTIVE_FINE),
                    *self._finder(search, None),
                ]
            case 3:
                plan = [*adaptive[:1], *_other_symbologies(search, decoders.LIVE_OTHERS), *finder]
            case _:
                plan = [
                    _look_at(search, picture_filters.LARGER),
                    _look_at(search, picture_filters.CONTRAST),
                ]
        if self._turn % 16 == 0:
            plan = [("zbar", lambda: search.take(decoders.read_zbar(search.frame))), *plan]
        if self._turn % 2 and self._held is not None:
            plan = [("held", search.look_again), *plan]
        for attempt in plan:
            yield attempt
            yield from _follow_up(search)

    def _finder(self, search: _Search, version: int | None) -> list[_Attempt]:
        is_negative = self._turn % 8 == 5
        return [("find", lambda: search.find(version=version, is_negative=is_negative))]


def _look_at(search: _Search, look: Preparation) -> _Attempt:
    return look.name, lambda: search.read(look)


def _other_symbologies(search: _Search, formats: zxingcpp.BarcodeFormats) -> list[_Attempt]:
    """Read plain, then a little blurred, then larger: what two of them say is believed.

    A picture that is soft already may not stand the blur.
    """
    soft = Preparation("soft", lambda frame: picture_filters.blurred(frame, 0.8))
    plain = Preparation("plain", lambda frame: frame)

    def confirm(look: Preparation) -> _Attempt:
        def attempt() -> None:
            if search.has_unsure:
                search.read(look, formats=formats)

        return f"others-{look.name}", attempt

    return [
        ("others", lambda: search.read(plain, formats=formats)),
        confirm(soft),
        confirm(picture_filters.LARGER),
    ]


def _follow_up(search: _Search) -> Iterator[_Attempt]:
    """Offer to try what was located, step by step, until an offer is not taken up."""
    for tries in search.places():
        steps = _Steps(tries)
        while not steps.is_done:
            before = steps.count
            yield f"grid-{before}", steps.advance
            if search.codes or steps.count == before:
                return


class _Steps:
    """Counts how often an effort was taken one step further."""

    def __init__(self, tries: Iterator[None]) -> None:
        self._tries = tries
        self.count = 0
        self.is_done = False

    def advance(self) -> None:
        self.count += 1
        self.is_done = next(self._tries, self) is self


def _rescaled(code: ReadSymbol, scale: float) -> ReadSymbol:
    if scale == 1.0:
        return code
    around = tuple((x / scale, y / scale) for x, y in code.corners)
    return ReadSymbol(code.text, code.symbology, code.engine, around, code.is_sure)


def decode_thoroughly(
    views: Iterable[Grey], clock: Clock, *, budget: Duration = PICTURE_LOOK_MAX
) -> list[ReadSymbol]:
    """Read all codes of a picture, with as many looks as the budget allows.

    Args:
        views: The picture in grey, then, drawn only when needed, other views of it, such as its
            colour channels; they may be smaller.
        clock: Measures the effort.
        budget: When to stop looking, in µs; the attempt that is under way is finished. A picture
            that is too large to be looked at in time is looked at smaller.

    Returns:
        The codes, QR codes first; none if nothing was read.
    """
    stop = clock.monotonic() + budget
    rest = iter(views)
    whole = next(rest)
    frame = _fitting(whole, Duration(whole.size * _PLAIN_PACE // 1_000), budget)
    codes = _look_first(frame, clock, stop, budget)
    if codes:
        return [_rescaled(code, frame.shape[1] / whole.shape[1]) for code in codes]
    if min(frame.shape) < _EDGE_MIN:
        return []
    for view in chain([whole], rest):
        hard = _Search(picture_filters.resized(view, min(1.0, _FILE_EDGE_MAX / max(view.shape))))
        if min(hard.frame.shape) < _EDGE_MIN:
            continue  # a strip, of which nothing is left
        for attempt in _hard_attempts(hard):
            attempt()
            _drain(hard, clock, stop, is_for_one=True)
            if hard.codes:
                scale = hard.frame.shape[1] / whole.shape[1]
                return [_rescaled(code, scale) for code in hard.codes]
            if clock.monotonic() > stop:
                return []
    return []


def _look_first(frame: Grey, clock: Clock, stop: Duration, budget: Duration) -> list[ReadSymbol]:
    """Read a picture as it is; what is dear on a large one only as finely as there is time for."""
    search = _Search(frame)
    before = clock.monotonic()
    search.take(decoders.read_zxing(frame))
    cost = clock.monotonic() - before
    smaller = _fitting(frame, cost * _OTHERS_TIMES, stop - clock.monotonic())
    if smaller is frame or not search.codes:
        other = search if smaller is frame else _Search(smaller)
        for _, attempt in _other_symbologies(other, decoders.OTHERS):
            attempt()
        if other is not search:
            search.adopt(other.codes, smaller.shape[1] / frame.shape[1])
    # One code is read; another beside it may need the cheap second looks.
    if search.codes and cost * _BESIDE_TIMES <= stop - clock.monotonic():
        search.read(picture_filters.ADAPTIVE)
        _drain(search, clock, min(stop, clock.monotonic() + budget // 8), is_for_one=False)
    return search.codes


def _fitting(picture: Grey, cost: Duration, left: Duration) -> Grey:
    """Return a picture that a look costs no more than is left, if not below what hard looks take.

    Args:
        picture: Any.
        cost: What the look costs on all of it, in µs.
        left: What it may cost, in µs.
    """
    if cost <= left:
        return picture
    least = _FILE_EDGE_MAX / max(picture.shape)
    scale = max(sqrt(max(left, 0) / cost), least)
    return picture if scale >= 1 else picture_filters.resized(picture, scale)


def _drain(search: _Search, clock: Clock, stop: Duration, *, is_for_one: bool) -> None:
    """Try the places that were located, until one is read or all are, or time is up."""
    for tries in search.places():
        for _ in tries:
            if clock.monotonic() > stop:
                return
        if is_for_one and search.codes:
            return


def _hard_attempts(search: _Search) -> Iterator[Callable[[], None]]:
    looks = [*picture_filters.CHEAP, *picture_filters.DEAR]
    if max(search.frame.shape) < _SMALL_EDGE:
        # Few pixels a module: enlarge before anything else.
        looks.sort(key=lambda look: look.scale <= 1)
    else:
        looks = [look for look in looks if look.scale <= 2]
    for index, look in enumerate(looks):
        yield partial(search.read, look)
        if index == 2:
            yield partial(search.find, version=TICKET_VERSION, is_negative=False)
            yield partial(search.find, version=None, is_negative=False)
        if index == 4:
            yield partial(search.find, version=None, is_negative=True)
            yield lambda: search.take(decoders.read_zbar(search.frame))
            yield lambda: search.take(decoders.read_opencv(search.frame))
            yield lambda: search.take(
                decoders.read_zbar(picture_filters.resized(search.frame, 2.0), scale=2.0)
            )
