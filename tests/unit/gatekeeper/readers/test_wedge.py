"""Wedge scans: whole, one at a time, never mixed with typing, whatever the layouts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.readers.key_taps import KEY_GAP_MAX
from gatekeeper.readers.scanner_prefixes_and_ends import strip_frame
from gatekeeper.readers.wedge import (
    KEY_IDLE_MAX,
    KEY_PAUSE_MAX,
    LENGTH_MAX,
    Outcome,
    Typing,
    WedgeFramer,
    WedgeKey,
    WedgeScan,
)
from gatekeeper.readers.wedge_layout import us_character
from shared.kernel.instant import Duration
from tests.factories.strength import sized

_MS = 1_000
_SECOND = Duration(1_000_000)
_DIGIT_PLACES = {digit: 10 + at for at, digit in enumerate("1234567890")}
_FRENCH_DIGITS = dict(zip("1234567890", "&é\"'(-è_çà", strict=True))


def _keys(text: str, *, start: int = 0, step: int = 2 * _MS) -> list[WedgeKey]:
    return [WedgeKey(character, Duration(start + at * step)) for at, character in enumerate(text)]


def _run(keys: list[WedgeKey], framer: WedgeFramer | None = None) -> list[Outcome]:
    framer = framer or WedgeFramer()
    outcomes = [outcome for key in keys for outcome in framer.feed(key)]
    return outcomes + framer.flush((keys[-1].at if keys else Duration(0)) + _SECOND)


def _scans(outcomes: list[Outcome]) -> list[str]:
    return [outcome.text for outcome in outcomes if isinstance(outcome, WedgeScan)]


def _typed(outcomes: list[Outcome]) -> str:
    return "".join(
        key.character for one in outcomes if isinstance(one, Typing) for key in one.keys
    )


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\t", "\x03", "\x03\r\n"])
@pytest.mark.parametrize("start", ["", "\x02"])
def test_scan_is_whole_with_every_frame(start: str, end: str) -> None:
    """STX before; CR, LF, Tab, ETX or several after: the code alone comes out, once."""
    assert _run(_keys(f"{start}123456{end}")) == [
        WedgeScan("123456", (), Duration((len(start) + 6 - 1) * 2 * _MS))
    ]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("]Q1ABCDEF", "ABCDEF"),
        ("]Q3ABCDEF", "ABCDEF"),
        ("]d2ABCDEF", "ABCDEF"),
        ("]C1ABCDEF", "ABCDEF"),
        ("]L0ABCDEF", "ABCDEF"),
        ("]z0ABCDEF", "ABCDEF"),
        ("]é1ABCDEF", "]é1ABCDEF"),
        ("]q1ABCDEF", "]q1ABCDEF"),
        ("]QéABCDEF", "]QéABCDEF"),
        ("]Q1", "]Q1"),
    ],
)
def test_aim_identifier_is_taken_off(typed: str, text: str) -> None:
    """The identifier says the symbology and is no part of the code; look-alikes are."""
    assert strip_frame(f"\x02{typed}\r\n") == text


def test_aim_identifier_does_not_count_for_the_least_length() -> None:
    """`]Q1` and five digits are five digits: typing."""
    outcomes = _run(_keys("]Q112345\r"))
    assert _scans(outcomes) == []
    assert _typed(outcomes) == "]Q112345\r"


def test_two_scans_back_to_back_are_two() -> None:
    """With no pause between them, each is whole."""
    assert _scans(_run(_keys("1234567890\rABCDEFGH\r\n9876543210\t"))) == [
        "1234567890",
        "ABCDEFGH",
        "9876543210",
    ]


def test_second_scan_starts_with_stx_where_the_first_has_no_end() -> None:
    """A prefix ends what was before it."""
    assert _scans(_run(_keys("\x02123456789012\x02210987654321"))) == [
        "123456789012",
        "210987654321",
    ]


def test_scan_without_terminator_comes_when_it_goes_quiet() -> None:
    """Twelve characters at a scanner's speed need no terminator; eleven are typing."""
    framer = WedgeFramer()
    for key in _keys("123456789012"):
        assert framer.feed(key) == []
    assert framer.is_pending
    last = 11 * 2 * _MS
    assert framer.flush(Duration(last + KEY_IDLE_MAX - 1)) == []
    assert _scans(framer.flush(Duration(last + KEY_IDLE_MAX))) == ["123456789012"]
    assert framer.flush(Duration(last + _SECOND)) == []
    assert _typed(_run(_keys("12345678901"))) == "12345678901"


def _paused(text: str, places: tuple[int, ...], pause: int) -> list[WedgeKey]:
    """Type a text, pausing before some of its characters."""
    at, keys = 10 * _SECOND, []
    for place, character in enumerate(text):
        at = Duration(at + (pause if place in places else 2 * _MS))
        keys.append(WedgeKey(character, at))
    return keys


def test_code_that_pauses_midway_is_whole_where_codes_end_by_a_sign() -> None:
    """By radio keys stop and come on: half a ticket would be a ticket of nobody's."""
    framer = WedgeFramer()
    assert _scans(_run(_keys("123456789012\r"), framer)) == ["123456789012"]
    code = "1234567890" * 20
    for places in ((12,), (100, 150, 199), (200,)):
        keys = _paused(code + "\r", places, KEY_PAUSE_MAX)
        assert _scans([one for key in keys for one in framer.feed(key)]) == [code]


def test_code_that_pauses_longer_or_early_is_two() -> None:
    """Eleven characters may be a person's, and nobody waits for the rest of a code for ever."""
    framer = WedgeFramer()
    assert _scans(_run(_keys("123456789012\r"), framer)) == ["123456789012"]
    keys = _paused("1" * 11 + "2" * 12 + "\r", (11,), KEY_GAP_MAX + 1)
    outcomes = [one for key in keys for one in framer.feed(key)]
    assert (_typed(outcomes), _scans(outcomes)) == ("1" * 11, ["2" * 12])
    keys = _paused("1" * 12 + "2" * 12 + "\r", (12,), KEY_PAUSE_MAX + 1)
    assert _scans([one for key in keys for one in framer.feed(key)]) == ["1" * 12, "2" * 12]


def test_scanner_that_ends_its_codes_by_nothing_keeps_nobody_waiting_twice() -> None:
    """One code waits, after another scanner's; the next one comes as soon as it is quiet."""
    framer = WedgeFramer()
    assert _scans(_run(_keys("123456789012\r"), framer)) == ["123456789012"]
    for start, quiet in ((_SECOND, KEY_PAUSE_MAX), (3 * _SECOND, KEY_IDLE_MAX)):
        keys = _keys("210987654321", start=start)
        assert [one for key in keys for one in framer.feed(key)] == []
        assert framer.flush(Duration(keys[-1].at + quiet - 1)) == []
        assert _scans(framer.flush(Duration(keys[-1].at + quiet))) == ["210987654321"]


def test_quick_short_typing_is_replayed_with_its_return() -> None:
    """`abc` and Return, however fast, go to the field."""
    outcomes = _run(_keys("abc\r"))
    assert _scans(outcomes) == []
    assert _typed(outcomes) == "abc\r"


def test_person_who_types_a_code_is_no_scanner() -> None:
    """Keys 240 ms apart are typing, each replayed in order, the Return as well."""
    outcomes = _run(_keys("1234567890123456\r", step=240 * _MS))
    assert _scans(outcomes) == []
    assert _typed(outcomes) == "1234567890123456\r"


def test_typing_before_a_scan_is_not_part_of_it() -> None:
    """A key pressed a moment earlier is replayed; the scan after it is whole."""
    outcomes = _run([WedgeKey("x", Duration(0)), *_keys("1234567890\r", start=KEY_GAP_MAX + 1)])
    assert _typed(outcomes) == "x"
    assert _scans(outcomes) == ["1234567890"]


def test_gap_of_fifty_milliseconds_still_belongs() -> None:
    """A slow scanner's keys may be 50 ms apart, and not one microsecond more."""
    assert _scans(_run(_keys("123456\r", step=KEY_GAP_MAX))) == ["123456"]
    assert _scans(_run(_keys("123456\r", step=KEY_GAP_MAX + 1))) == []


def test_clock_that_goes_back_ends_a_burst() -> None:
    """Times from two clocks never join."""
    outcomes = _run([*_keys("123456", start=_SECOND), *_keys("654321\r", start=0)])
    assert _scans(outcomes) == ["654321"]
    assert _typed(outcomes) == "123456"


def test_other_control_characters_end_a_burst_and_are_replayed() -> None:
    """Escape is no part of any code; group separators are."""
    outcomes = _run(_keys("123\x1b456789\r"))
    assert _typed(outcomes) == "123\x1b"
    assert _scans(outcomes) == ["456789"]
    assert _scans(_run(_keys("01234\x1d56789\r"))) == ["01234\x1d56789"]


def test_four_kilobytes_is_the_most() -> None:
    """A longer one is cut, and leaves the next scan alone."""
    whole = _run(_keys("7" * LENGTH_MAX + "\r"))
    assert whole == [WedgeScan("7" * LENGTH_MAX, (), Duration((LENGTH_MAX - 1) * 2 * _MS))]
    outcomes = _run(_keys("7" * (LENGTH_MAX * 3) + "\r123456\r"))
    first, second = outcomes
    assert isinstance(first, WedgeScan)
    assert isinstance(second, WedgeScan)
    assert first.text == "7" * LENGTH_MAX
    assert second.text == "123456"


def test_digits_survive_a_french_layout() -> None:
    """A US scanner on a French computer types `&é"…`; the keys' places say the digits."""
    code = "12345678900987654321"
    keys = [
        WedgeKey(_FRENCH_DIGITS[digit], Duration(at * _MS), _DIGIT_PLACES[digit], is_shifted=False)
        for at, digit in enumerate(code)
    ]
    (scan,) = _run([*keys, WedgeKey("\r", Duration(20 * _MS), 36)])
    assert isinstance(scan, WedgeScan)
    assert scan.text == code
    assert scan.other_texts == ("".join(_FRENCH_DIGITS[digit] for digit in code),)


def test_french_scanner_on_a_french_computer_is_read_as_typed() -> None:
    """Shifted digit keys type digits there; their places on a US keyboard would be `!@#`."""
    keys = [
        WedgeKey(digit, Duration(at * _MS), _DIGIT_PLACES[digit], is_shifted=True)
        for at, digit in enumerate("1234567890")
    ]
    (scan,) = _run([*keys, WedgeKey("\r", Duration(10 * _MS), 36)])
    assert isinstance(scan, WedgeScan)
    assert (scan.text, scan.other_texts) == ("1234567890", ("!@#$%^&*()",))


@pytest.mark.parametrize(
    ("shifted", "has_places"),
    [("!@#$%^&*()", True), ('!"§$%&/()=', True), ("!@#$%^&*()", False)],
)
def test_digits_survive_a_french_scanner(shifted: str, has_places: bool) -> None:
    """It holds Shift for each digit: on a US or German computer it types signs only."""
    digits = "12345678900987654321"
    row = dict(zip("1234567890", shifted, strict=True))
    keys = [
        WedgeKey(
            row[digit],
            Duration(at * _MS),
            _DIGIT_PLACES[digit] if has_places else None,
            is_shifted=True,
        )
        for at, digit in enumerate(digits)
    ]
    (scan,) = _run([*keys, WedgeKey("\r", Duration(20 * _MS), 36)])
    assert isinstance(scan, WedgeScan)
    assert scan.text == digits
    assert scan.other_texts == ("".join(row[digit] for digit in digits),)


def test_letters_under_caps_lock_are_offered_the_other_way_round() -> None:
    """Scanner and computer are both German, and somebody's sleeve has touched Caps Lock."""
    places = {"]": (17, False), "Q": (24, True), "1": (10, False), "z": (29, False)}
    places |= {"Y": (52, True), "a": (38, False), "-": (61, False), "B": (56, True)}
    text = "]Q1zYa-Bz"
    keys = [
        WedgeKey(one.swapcase(), Duration(at * 2 * _MS), *places[one])
        for at, one in enumerate(text)
    ]
    (scan,) = _run([*keys, WedgeKey("\r", Duration(20 * _MS), 36)])
    assert isinstance(scan, WedgeScan)
    assert "zYa-Bz" in scan.other_texts


def test_letters_as_shift_says_are_read_in_no_other_case() -> None:
    """Without Caps Lock there is nothing to turn round; without places nobody can tell."""
    for is_shifted in (None, False):
        keys = [
            WedgeKey(one, Duration(at * 2 * _MS), None, is_shifted)
            for at, one in enumerate("abc-123")
        ]
        (scan,) = _run([*keys, WedgeKey("\r", Duration(20 * _MS))])
        assert isinstance(scan, WedgeScan)
        assert (scan.text, scan.other_texts) == ("abc-123", ())


def test_letters_by_place_are_offered_beside_letters_as_typed() -> None:
    """German `z` and `y` change places: both texts are given, the typed one first."""
    us = {"z": 52, "e": 26, "b": 56, "r": 27, "a": 38, "Y": 29}
    german = {"z": "y", "Y": "Z"}
    keys = [
        WedgeKey(german.get(character, character), Duration(at * _MS), us[character])
        for at, character in enumerate("zebraY")
    ]
    (scan,) = _run([*keys, WedgeKey("\r", Duration(6 * _MS))])
    assert isinstance(scan, WedgeScan)
    assert (scan.text, scan.other_texts) == ("yebraZ", ("zebraY",))


@pytest.mark.parametrize(
    ("place", "plain", "shifted"),
    [(2, "1", "!"), (11, "0", ")"), (13, "=", "+"), (16, "q", "Q"), (30, "a", "A")]
    + [(41, "`", "~"), (43, "\\", "|"), (44, "z", "Z"), (53, "/", "?"), (57, " ", " ")]
    + [(79, "1", "1"), (82, "0", "0"), (1, None, None), (28, None, None), (999, None, None)],
)
def test_places_are_those_of_a_us_keyboard(
    place: int, plain: str | None, shifted: str | None
) -> None:
    """evdev's numbers, with what the window system adds."""
    assert us_character(place + 8, is_shifted=False) == plain
    assert us_character(place, is_shifted=True, offset=0) == shifted


_CODES = st.text("0123456789ABCDEFXYZ-./=+", min_size=6, max_size=60)


@settings(max_examples=sized(12, 100))
@given(
    st.lists(st.tuples(_CODES, st.sampled_from(["\r", "\n", "\r\n", "\t", "\x03"]))),
    st.integers(0, KEY_GAP_MAX),
    st.data(),
)
def test_scans_are_whole_however_they_are_spaced(
    scans: list[tuple[str, str]], step: int, data: st.DataObject
) -> None:
    """Any gaps up to 50 ms inside, any pause between: the same scans, in order, nothing typed."""
    at, keys = 0, []
    for code, end in scans:
        for character in code + end:
            keys.append(WedgeKey(character, Duration(at)))
            at += data.draw(st.integers(0, step)) if step else 0
        at += data.draw(st.sampled_from([0, 30 * _MS, 3 * _SECOND]))
    outcomes = _run(keys)
    assert _scans(outcomes) == [code for code, _ in scans]
    assert _typed(outcomes) == ""


@given(
    st.lists(
        st.tuples(
            st.characters(codec="utf-8") | st.sampled_from("\r\n\t\x02\x03\x1b\x1d1234567890"),
            st.sampled_from([0, 1, KEY_GAP_MAX, KEY_GAP_MAX + 1, _SECOND, -5]),
        ),
        max_size=200,
    )
)
def test_no_key_is_lost_or_invented(pressed: list[tuple[str, int]]) -> None:
    """Whatever comes: every character is in a scan, or replayed, or is part of a frame."""
    at, keys = 10 * _SECOND, []
    for character, gap in pressed:
        at += Duration(gap)
        keys.append(WedgeKey(character, Duration(at)))
    framer = WedgeFramer()
    outcomes = [outcome for key in keys for outcome in framer.feed(key)]
    outcomes += framer.flush(Duration(at + _SECOND))
    assert not framer.is_pending
    said = "".join(
        one.text if isinstance(one, WedgeScan) else "".join(key.character for key in one.keys)
        for one in outcomes
    )
    rest = iter(character for character, _ in pressed)
    assert all(character in rest for character in said), "in order, and nothing invented"
    for one in outcomes:
        assert not isinstance(one, WedgeScan) or len(one.text) >= 6
