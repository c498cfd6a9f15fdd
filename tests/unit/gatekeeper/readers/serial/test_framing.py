"""Codes out of a serial line's bytes, however they are cut and ended."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.readers.serial.framing import (
    CODE_BYTES_MAX,
    SERIAL_PAUSE_MAX,
    SERIAL_SILENCE_MAX,
    SerialFraming,
)
from shared.kernel.instant import Duration
from shared.manifest.presenting import FOREIGN_SIZE_MAX

DIGITS = "0478" * 50


def _texts(pieces: list[bytes], *, gap: int = 1000) -> list[str]:
    framing = SerialFraming()
    codes = [
        code for at, piece in enumerate(pieces) for code in framing.feed(piece, Duration(at * gap))
    ]
    codes += framing.end_if_silent(Duration(len(pieces) * gap + SERIAL_PAUSE_MAX))
    return [code.text for code in codes]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\x03", "\x03\r\n", ""])
@pytest.mark.parametrize("start", ["", "\x02"])
def test_each_suffix_ends_a_code(start: str, end: str) -> None:
    """CR, LF, ETX, several of them, or only silence; STX before it or not."""
    assert _texts([f"{start}{DIGITS}{end}".encode()]) == [DIGITS]


def test_several_codes_in_one_piece_are_apart() -> None:
    """In their order, none lost, none merged."""
    assert _texts([b"one\rtwo\r\nthr", b"ee\x03four"]) == ["one", "two", "three", "four"]


@given(
    st.lists(st.text("0123456789ABC-", min_size=1, max_size=40), min_size=1, max_size=6),
    st.sampled_from(["\r", "\n", "\r\n", "\x03"]),
    st.data(),
)
def test_no_cut_of_the_line_changes_the_codes(
    codes: list[str], end: str, data: st.DataObject
) -> None:
    """Bytes may come one by one or all at once."""
    line = "".join(code + end for code in codes).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(line)), max_size=8)))
    edges = [0, *cuts, len(line)]
    pieces = [line[a:b] for a, b in itertools.pairwise(edges)]
    assert _texts(pieces) == codes


def test_silence_ends_a_code_without_a_suffix() -> None:
    """Fifty milliseconds do, less does not; the code's time is that of its last byte."""
    framing = SerialFraming()
    assert framing.feed(b"abc", Duration(0)) == []
    assert framing.end_if_silent(Duration(SERIAL_SILENCE_MAX - 1)) == []
    assert framing.feed(b"def", Duration(SERIAL_SILENCE_MAX - 1)) == []
    (code,) = framing.end_if_silent(Duration(2 * SERIAL_SILENCE_MAX - 1))
    assert (code.text, code.at) == ("abcdef", SERIAL_SILENCE_MAX - 1)
    assert framing.end_if_silent(10 * SERIAL_SILENCE_MAX) == []
    framing.feed(b"one", 20 * SERIAL_SILENCE_MAX)
    assert [code.text for code in framing.feed(b"two\r", 22 * SERIAL_SILENCE_MAX)] == [
        "one",
        "two",
    ]


def test_code_that_stalls_midway_is_whole_where_codes_end_by_a_sign() -> None:
    """By radio, or while the machine is busy; one that is never ended is told all the same."""
    framing = SerialFraming()
    assert [code.text for code in framing.feed(b"first\r\n", Duration(0))] == ["first"]
    at = Duration(10 * SERIAL_PAUSE_MAX)
    assert framing.feed(b"04780478", at) == []
    at = Duration(at + SERIAL_PAUSE_MAX - 1)
    assert framing.end_if_silent(at) == []
    assert [code.text for code in framing.feed(b"0478\r\n", at)] == ["047804780478"]
    framing.feed(b"unended", at)
    at = Duration(at + SERIAL_PAUSE_MAX)
    assert [code.text for code in framing.end_if_silent(at)] == ["unended"]
    framing.feed(b"quick", at)
    at = Duration(at + SERIAL_SILENCE_MAX)
    assert [code.text for code in framing.end_if_silent(at)] == ["quick"]


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("]Q1" + DIGITS, DIGITS),
        ("\x02]Q1" + DIGITS, DIGITS),
        ("]d2code", "code"),
        ("]x9code", "]x9code"),
    ],
)
def test_identifiers_are_taken_off(sent: str, text: str) -> None:
    """AIM identifiers are no part of the code; what only looks like one stays."""
    (code,) = SerialFraming().feed(sent.encode() + b"\r", Duration(0))
    assert code.text == text


def test_an_overlong_code_is_cut_and_no_ticket() -> None:
    """Whoever shows it is answered; its tail becomes no code, and the next one is read."""
    framing = SerialFraming()
    assert framing.feed(b"x" * CODE_BYTES_MAX + b"\r", Duration(0)) != []
    for _ in range(3):
        assert framing.feed(b"x" * CODE_BYTES_MAX, Duration(0)) == []
    head, following = framing.feed(b"tail\rnext\r", Duration(0))
    assert (len(head.text), following.text) == (CODE_BYTES_MAX, "next")
    assert len(head.text) > FOREIGN_SIZE_MAX
    framing.feed(b"x" * (CODE_BYTES_MAX + 1), Duration(0))
    assert len(framing.end_if_silent(SERIAL_PAUSE_MAX)) == 1


def test_a_pulled_cable_leaves_no_half_code() -> None:
    """What was begun before is not joined with what comes after."""
    framing = SerialFraming()
    framing.feed(b"half", Duration(0))
    framing.forget()
    assert [code.text for code in framing.feed(b"whole\r", Duration(1))] == ["whole"]


def test_bytes_that_are_no_utf8_are_read_as_latin_1() -> None:
    """As most imagers send them."""
    assert [
        code.text for code in SerialFraming().feed(b"caf\xe9\rcaf\xc3\xa9\r", Duration(0))
    ] == [
        "café",
        "café",
    ]


@given(st.lists(st.binary(max_size=64), max_size=8))
def test_no_noise_breaks_the_framing(pieces: list[bytes]) -> None:
    """Whatever comes over the line, codes are texts, and never empty."""
    assert all(_texts(pieces))
