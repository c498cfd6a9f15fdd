"""The manual code: tolerant of how people say it, intolerant of what they mishear."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.credential.manual_code import (
    MANUAL_BITS,
    format_manual_code,
    make_manual_code,
    parse_manual_code,
)
from shared.kernel.errors import BadInput, Malformed
from tests.fakes.entropy import SeededEntropy
from tests.unit.shared.credential.second_implementation import (
    number_of_manual_code,
    spelling_of,
)

NUMBERS = st.integers(0, 2**MANUAL_BITS - 1)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_SYMBOLS = ALPHABET + "*~$=U"
SAMPLES = [0, 1, 36, 37, 2**40 - 1, 0x123456789A, 0x7FFFFFFFFF, 261007662234]


def bare(number: int) -> str:
    return format_manual_code(number).replace("-", "")


def is_read(text: str) -> bool:
    try:
        parse_manual_code(text)
    except Malformed:
        return False
    return True


@given(NUMBERS)
def test_a_code_survives_its_spelling(number: int) -> None:
    """Ours reads what ours writes, and the second implementation writes the same."""
    text = format_manual_code(number)
    assert [len(part) for part in text.split("-")] == [4, 4, 1]
    assert parse_manual_code(text) == number
    assert text == spelling_of(number)


@given(NUMBERS, st.randoms(use_true_random=False))
def test_a_code_is_read_as_people_write_it(number: int, chance: object) -> None:
    """Any case, O for 0, I or L for 1, hyphens and spaces anywhere."""
    likes = {"0": "0Oo", "1": "1IiLl"}
    choose = chance.choice  # type: ignore[attr-defined] # Hypothesis gives a random.Random
    text = ""
    for character in bare(number):
        text += choose(likes.get(character, character + character.lower()))
        text += choose(["", "", "-", " "])
    assert parse_manual_code(text) == number


@pytest.mark.parametrize("number", SAMPLES)
def test_every_changed_character_is_detected(number: int) -> None:
    """Each of nine places, each other symbol: all of them, the check symbol's own included."""
    text = bare(number)
    for place, character in itertools.product(range(9), CHECK_SYMBOLS):
        if character != text[place]:
            assert not is_read(text[:place] + character + text[place + 1 :])


@given(NUMBERS, st.integers(0, 8), st.sampled_from(CHECK_SYMBOLS))
def test_a_changed_character_is_detected(number: int, place: int, character: str) -> None:
    """The same of any code at all."""
    text = bare(number)
    if character != text[place]:
        assert not is_read(text[:place] + character + text[place + 1 :])


@given(NUMBERS, st.integers(0, 8), st.integers(0, 8))
def test_exchanging_any_two_characters_is_detected(number: int, one: int, other: int) -> None:
    """Neighbours or not, the check symbol included."""
    text = list(bare(number))
    text[one], text[other] = text[other], text[one]
    assert is_read("".join(text)) == (text[one] == text[other])


def test_why_single_changes_and_exchanges_are_always_detected() -> None:
    """No weight is 0 modulo 37, and no two of the nine are equal (the check symbol weighs -1)."""
    weights = [pow(32, place, 37) for place in range(8)] + [36]
    assert 0 not in weights
    assert len(set(weights)) == 9


def test_one_in_37_of_the_other_errors_passes() -> None:
    """Two wrong characters are not promised to be seen; the specification says how often."""
    text = bare(0x123456789A)
    passed = sum(
        is_read(one + other + text[2:])
        for one, other in itertools.product(ALPHABET, repeat=2)
        if one != text[0] and other != text[1]
    )
    assert 0 < passed <= 31 * 31 / 37 * 1.5


@given(st.text(max_size=40) | st.text(alphabet=CHECK_SYMBOLS + "OILoilu- ", max_size=14))
def test_any_text_is_read_as_the_second_implementation_reads_it(text: str) -> None:
    """The same number, or refused by both."""
    expected = number_of_manual_code(text)
    if expected is None:
        with pytest.raises(Malformed):
            parse_manual_code(text)
    else:
        assert parse_manual_code(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "7K2M-9Q4T", "7K2M-9Q4T-HH", "7K2M\u20139Q4T\u2013H", "7K2M\u00a09Q4T\u00a0H",
        "0000-0001-\u0131", "\u017f" * 9, "\u00df" * 5, "\ufb00" * 5, "\uff10000-0000-0",
        "0" * 33, "-" * 1_000_000, "U000-0000-0", "*000-0000-0",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_code_is_refused(text: str) -> None:
    """Other dashes, letters that turn into ours or into two when raised, check signs inside."""
    with pytest.raises(Malformed):
        parse_manual_code(text)


@given(st.integers(), st.integers(0, 24), st.integers(0, 2**24 - 1))
def test_a_drawn_code_lies_in_its_range(seed: int, bits: int, prefix: int) -> None:
    """The issuer's bits on top, chance below."""
    prefix &= (1 << bits) - 1
    number = make_manual_code(SeededEntropy(seed), prefix=prefix, prefix_bits=bits)
    assert 0 <= number < 1 << MANUAL_BITS
    assert number >> (MANUAL_BITS - bits) == prefix


def test_drawn_codes_differ() -> None:
    """Fresh chance for each."""
    entropy = SeededEntropy()
    assert len({make_manual_code(entropy, prefix=3, prefix_bits=4) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(("prefix", "bits"), [(0, 25), (0, -1), (2, 1), (-1, 4), (1, 0)])
def test_what_is_no_range_of_codes_is_refused(prefix: int, bits: int) -> None:
    """At least 16 bits stay for chance."""
    with pytest.raises(BadInput, match="not a range"):
        make_manual_code(SeededEntropy(), prefix=prefix, prefix_bits=bits)


@given(st.integers(0, 24), st.randoms(use_true_random=False))
def test_a_new_code_can_be_said_and_typed_on_a_number_pad_with_letters(
    bits: int, chance: object
) -> None:
    """No tilde, dollar or asterisk at a door; it stays in its issuer's range."""
    prefix = chance.randrange(1 << bits)  # type: ignore[attr-defined] # a random.Random
    entropy = SeededEntropy(f"{bits}:{prefix}")
    for _ in range(40):
        number = make_manual_code(entropy, prefix=prefix, prefix_bits=bits)
        assert bare(number)[-1] in ALPHABET
        assert number >> (MANUAL_BITS - bits) == prefix


def test_new_codes_use_their_whole_range() -> None:
    """Leaving five symbols out makes none of the others likely to be guessed."""
    entropy = SeededEntropy("spread")
    ends = [bare(make_manual_code(entropy))[-1] for _ in range(6_400)]
    assert max(ends.count(symbol) for symbol in ALPHABET) < 2 * 6_400 / len(ALPHABET)
