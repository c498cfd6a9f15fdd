"""Reading all codes of a picture: the fast decoder first, a second pass when it finds none.

Two ways in. `LiveDecoder` is for a camera: `first_pass` on each frame, `second_pass`, bounded
in time, on a worker. `decode_thoroughly` is for a file, which may take a second or two.

No wrong text is the rule before any text: a reading that noise could pass for is taken only when
a second one, by another engine or from another preparation, agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from math import sqrt
from typing import Final

import zxingcpp

from gatekeeper.readers import decoder_libraries, picture_filters
from gatekeeper.readers.decoder_libraries import ReadSymbol
from gatekeeper.readers.frame_search import FrameSearch, rescaled
from gatekeeper.readers.picture_filters import Preparation
from gatekeeper.readers.qr_grid import Grey, Sight
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.kernel.ports import Clock

CAMERA_LOOK_MAX: Final[Duration] = 50 * MILLISECOND
"""How long a code is looked for in one picture of a camera's; longer on a slower machine."""
PICTURE_LOOK_MAX: Final[Duration] = 2_000 * MILLISECOND
"""How long a code is looked for in a picture that was handed over as a file."""

TICKET_VERSION: Final = 5  # of the QR codes that our tickets are printed as

_LIVE_EDGE_MAX = 1280  # pixels; larger frames are made smaller for a second pass
_FILE_EDGE_MAX = 1600
_EDGE_MIN = 16  # no symbol is smaller, whatever is done to the picture
_SMALL_EDGE = 700  # a picture below this is looked at enlarged first
_HELD_FOR: Final = SECOND  # that what was seen of a symbol counts for the next frames
_PLAIN_PACE = 12  # µs of a first look for 1,000 pixels of noise, which costs the most
_OTHERS_TIMES = 20  # what both looks for other symbologies cost, in first looks
_BESIDE_TIMES = 8  # what a second look for another code costs, in first looks
_HALF_COST = 3_000  # µs of the cheapest look, where a camera's budget is what it says
_SLOWER_MAX: Final = 2.5
"""So much longer a hard look may take on a slower machine, so that it is as hard a look there."""

_Attempt = tuple[str, Callable[[], None]]


class LiveDecoder:
    """Decodes one camera's frames. Not for two threads at once; give the worker its own."""

    def __init__(self, clock: Clock, *, version: int | None = TICKET_VERSION) -> None:
        """Start with no knowledge of how fast this machine is.

        Args:
            clock: Measures the effort.
            version: The QR version that a second pass looks for by its finder patterns; None
                for any, which takes three times as long.
        """
        self._clock = clock
        self._version = version
        self._turn = 0
        self._costs: dict[str, Duration] = {}
        self._half_cost: Duration = Duration(_HALF_COST)
        self._held: Sight | None = None
        self._held_at: Duration = Duration(0)
        self._unsure: list[ReadSymbol] = []
        self._reads_others = False
        self._other_turn = 0

    def first_pass(self, frame: Grey) -> list[ReadSymbol]:
        """Read QR codes, dark on light or light on dark, in one or two milliseconds."""
        search = FrameSearch(frame)
        search.take(decoder_libraries.read_zxing(frame))
        return search.codes

    def second_pass(self, frame: Grey, *, budget: Duration = CAMERA_LOOK_MAX) -> list[ReadSymbol]:
        """Look harder at a frame of which the first pass made nothing.

        What is tried first changes from call to call, so that a code held still is looked at in
        every way within a few frames; every other call goes on where a symbol was seen but not
        read, with what the earlier ones saw of it. Before each attempt its cost, as seen on this
        machine, is weighed against what is left of the budget, which is larger on a slower one.
        """
        start = self._clock.monotonic()
        slower = min(max(self._half_cost / _HALF_COST, 1.0), _SLOWER_MAX)
        budget = Duration(round(budget * slower))
        scale = min(1.0, _LIVE_EDGE_MAX / max(frame.shape))
        if start - self._held_at > _HELD_FOR:
            self._held, self._unsure = None, []
        looked_at = frame if scale == 1.0 else picture_filters.resized(frame, scale)
        search = FrameSearch(looked_at, self._held, self._unsure)
        self._turn += 1
        for name, attempt in self._attempts(search):
            before = self._clock.monotonic()
            if before - start > budget:
                break
            cost = self._costs.get(name, 0)
            if before - start + cost > budget:
                # What was dear once, or when the machine was busy, is made again seconds later.
                self._costs[name] = Duration(cost * 31 // 32)
                continue
            attempt()
            spent = self._clock.monotonic() - before
            self._costs[name] = Duration(max(spent, cost * 9 // 10))
            if name == picture_filters.ADAPTIVE_HALF.name:
                self._half_cost = Duration(min(spent, self._half_cost * 9 // 8))
            if search.codes:
                break
        if search.codes:
            self._held, self._unsure = None, []
            self._reads_others = any(code.symbology != "QRCode" for code in search.codes)
        elif search.held is not None or search.unsure:
            self._held, self._unsure, self._held_at = search.held, search.unsure, start
        return [rescaled(code, scale) for code in search.codes]

    def _attempts(self, search: FrameSearch) -> Iterator[_Attempt]:
        """List what to try this turn; what was located is followed up at once."""
        finder = self._finder(search, self._version)
        adaptive = [_look_at(search, look) for look in picture_filters.CHEAP[:2]]
        rings: _Attempt = ("rings", search.find_closed)
        match self._turn % 4:
            case 1:
                plan = [*adaptive, *finder]
            case 2:
                plan = [
                    _look_at(search, picture_filters.ADAPTIVE_FINE),
                    _look_at(search, picture_filters.FAINT),
                    *self._finder(search, None),
                ]
            case 3:
                plan = [rings, *adaptive[:1], *self._others(search, 2), *finder]
            case _:
                plan = [
                    rings,
                    _look_at(search, picture_filters.LARGER),
                    *self._others(search),
                    _look_at(search, picture_filters.ROWS),
                ]
        if self._turn % 16 == 0:
            plan = [
                ("zbar", lambda: search.take(decoder_libraries.read_zbar(search.frame))),
                *plan,
            ]
        if self._reads_others and self._turn % 4 in {1, 2}:
            plan = [*self._others(search), *plan]  # of one event's tickets all are alike
        if self._turn % 2 and self._held is not None:
            # On crumpled paper what is tried first as flat would leave no time for more.
            is_bent = self._turn % 4 == 3
            plan = [("held", partial(search.look_again, is_bent=is_bent)), *plan]
        for attempt in plan:
            yield attempt
            yield from _confirmations(search, decoder_libraries.LIVE_OTHERS)
            yield from _follow_up(search)

    def _others(self, search: FrameSearch, count: int = 1) -> list[_Attempt]:
        """List so many looks for other symbologies, each kind of look in its turn."""
        plan: list[_Attempt] = []
        for _ in range(count):
            look, is_levelled = _OTHER_LOOKS[self._other_turn % len(_OTHER_LOOKS)]
            self._other_turn += 1
            kinds = decoder_libraries.LIVE_OTHERS
            reading = partial(search.read_others, look, kinds, is_levelled=is_levelled)
            plan.append((f"others-{look.name}", reading))
        return plan

    def _finder(self, search: FrameSearch, version: int | None) -> list[_Attempt]:
        is_negative = self._turn % 8 == 5
        return [("find", lambda: search.find(version=version, is_negative=is_negative))]


def _look_at(search: FrameSearch, look: Preparation) -> _Attempt:
    return look.name, lambda: search.read(look)


_OTHER_LOOKS: Final = (
    *((picture_filters.PLAIN, True), (picture_filters.ADAPTIVE_FINE, True)),
    *((picture_filters.STRETCHED, True), (picture_filters.PLAIN, False)),
    *((picture_filters.ADAPTIVE_FINE, True), (picture_filters.STRETCHED, False)),
)
"""How other symbologies are looked for, in turn, and whether with their stripes upright."""
_CONFIRMING: Final = (
    *(picture_filters.SOFT, picture_filters.LARGER),
    *(picture_filters.STRETCHED, picture_filters.ADAPTIVE_FINE),
)
"""A picture that is soft already may not stand the blur."""


def _confirmations(search: FrameSearch, formats: zxingcpp.BarcodeFormats) -> Iterator[_Attempt]:
    """Offer further looks at what is not sure: what two of them say is believed."""
    for look in _CONFIRMING:
        if not search.has_unsure:
            return
        yield f"confirm-{look.name}", partial(search.confirm, look, formats)


def _follow_up(search: FrameSearch) -> Iterator[_Attempt]:
    """Offer to try what was located, step by step, until an offer is not taken up."""
    for tries in search.places():
        steps = _Steps(tries)
        while not steps.is_done:
            before = steps.count
            yield f"{search.effort}-{before}", steps.advance
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
        return [rescaled(code, frame.shape[1] / whole.shape[1]) for code in codes]
    if min(frame.shape) < _EDGE_MIN:
        return []
    for view in chain([whole], rest):
        hard = FrameSearch(
            picture_filters.resized(view, min(1.0, _FILE_EDGE_MAX / max(view.shape)))
        )
        if min(hard.frame.shape) < _EDGE_MIN:
            continue  # a strip, of which nothing is left
        for attempt in _hard_attempts(hard):
            attempt()
            _drain(hard, clock, stop, is_for_one=True)
            if hard.codes:
                scale = hard.frame.shape[1] / whole.shape[1]
                return [rescaled(code, scale) for code in hard.codes]
            if clock.monotonic() > stop:
                return []
    return []


def _look_first(frame: Grey, clock: Clock, stop: Duration, budget: Duration) -> list[ReadSymbol]:
    """Read a picture as it is; what is dear on a large one only as finely as there is time for."""
    search = FrameSearch(frame)
    before = clock.monotonic()
    search.take(decoder_libraries.read_zxing(frame))
    cost = clock.monotonic() - before
    smaller = _fitting(frame, cost * _OTHERS_TIMES, stop - clock.monotonic())
    if smaller is frame or not search.codes:
        other = search if smaller is frame else FrameSearch(smaller)
        for is_levelled in (False, True):
            if not (is_levelled and other.codes):
                other.read_others(
                    picture_filters.PLAIN, decoder_libraries.OTHERS, is_levelled=is_levelled
                )
                for _, attempt in _confirmations(other, decoder_libraries.OTHERS):
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


def _drain(search: FrameSearch, clock: Clock, stop: Duration, *, is_for_one: bool) -> None:
    """Try the places that were located, until one is read or all are, or time is up."""
    for tries in search.places():
        for _ in tries:
            if clock.monotonic() > stop:
                return
        if is_for_one and search.codes:
            return


def _hard_attempts(search: FrameSearch) -> Iterator[Callable[[], None]]:
    looks = [*picture_filters.CHEAP, *picture_filters.DEAR]
    if max(search.frame.shape) < _SMALL_EDGE:
        # Few pixels a module: enlarge before anything else.
        looks.sort(key=lambda look: look.scale <= 1)
    else:
        looks = [look for look in looks if look.scale <= 2]
    for index, look in enumerate(looks):
        yield partial(search.read, look)
        if index == 2:
            yield search.find_closed
            yield partial(search.find, version=TICKET_VERSION, is_negative=False)
            yield partial(search.find, version=None, is_negative=False)
        if index == 4:
            yield partial(search.find, version=None, is_negative=True)
            yield lambda: search.take(decoder_libraries.read_zbar(search.frame))
            yield lambda: search.take(decoder_libraries.read_opencv(search.frame))
            yield lambda: search.take(
                decoder_libraries.read_zbar(picture_filters.resized(search.frame, 2.0), scale=2.0)
            )
