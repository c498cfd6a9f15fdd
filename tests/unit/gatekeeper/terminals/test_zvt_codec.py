"""The bytes of ZVT: captured messages of real terminals are read, and nothing makes it stumble."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.terminals.zvt_codec import (
    DATA_MAX,
    Apdu,
    ApduReader,
    pack_digits,
    read_container,
    read_digits,
    read_fields,
)
from gatekeeper.terminals.zvt_messages import (
    STATUS,
    Booking,
    Result,
    authorization,
    read_progress,
    read_result,
    read_state,
    registration,
    reversal,
)
from shared.kernel.currencies import OFFERED
from shared.kernel.errors import BadInput
from tests.fakes.zvt_terminal import Booked, status

# Messages of real terminals, as others have published them in the tests of their clients:
# github.com/Portalum/Portalum.Zvt, StatusInformationParserTest.
BY_KEY = (
    "040F1E276C29280048693CF0F1F941626272756368206475726368204B756E6465"  # Abbruch durch Kunde
)
WRONG_AMOUNT = "040F1827FF29280048693CF0F1F342657472616720 66616C736368"
PAID_2040 = (
    "040F77270004000000002040 0B000470 0C223953 0D1006 0E2512 170001 1970 22F0F8EEEEEEEEEEEE4771"
    "2928004869 2A313030343631373633202020202020 3B3631313830340000"
    "3CF0F1F447454E2E4E522E3A363131383034 490978 870470 88000470 8A2E"
    "8BF1F74465626974204D61737465726361726400"
)
ANOTHER_2040 = (
    "040F77270004000000002040 0B000463 0C210443 0D1006 0E2512 170001 1970 22F0F8EEEEEEEEEEEE4771"
    "2928004869 2A313030343631373633202020202020 3B3937383533390000"
    "3CF0F1F447454E2E4E522E3A393738353339 490978 870463 88000463 8A2E"
    "8BF1F74465626974204D61737465726361726400"
)
WITHOUT_AMOUNT = (
    "040F65 2700 0C231355 0D1029 0E9999 22F0F8EEEEEEEEEEEE4771 A001 2900000006 870008 0B000000"
    "8A06 8BF1F14D41535445524341524400 062E2F081F1201021F100100601B4307A00000000410104410446562697"
    "4204D6173746572636172641F2B0410015008"
)
WITHOUT_TRACE = (
    "040F6C 2700 04000000002040 0C210916 0D1101 0E9999 22F0F8EEEEEEEEEEEE4771 A001 2900000006"
    "870005 0B000000 8A06 8BF1F14D41535445524341524400 062E2F081F1201011F100103601B4307A0000000"
    "04101044104465626974204D6173746572636172641F2B0410016005"
)
CAPTURES = [BY_KEY, WRONG_AMOUNT, PAID_2040, ANOTHER_2040, WITHOUT_AMOUNT, WITHOUT_TRACE]


def result_of(capture: str) -> Result:
    (message,) = ApduReader().feed(bytes.fromhex(capture))
    assert message.command == STATUS
    return read_result(message.data)


def test_captured_payments_are_read_to_the_last_field() -> None:
    """Amount, currency, card and what identifies the booking."""
    paid = result_of(PAID_2040)
    assert (paid.code, paid.amount_minor, paid.currency) == (0, 2_040, 978)
    assert (paid.card, paid.text, paid.is_whole) == ("Debit Mastercard", "GEN.NR.:611804", True)
    assert paid.booking == Booking("28004869", "0470", "000470", "000470", "1006", "223953")
    assert paid.booking != result_of(ANOTHER_2040).booking


def test_captured_payments_without_amount_or_trace_still_name_their_booking() -> None:
    """What a terminal leaves out is None or "", never a guess."""
    bare, other = result_of(WITHOUT_AMOUNT), result_of(WITHOUT_TRACE)
    assert (bare.amount_minor, bare.booking.trace, bare.card) == (None, "000000", "MASTERCARD")
    assert (other.amount_minor, other.booking.receipt) == (2_040, "0005")
    assert bare.booking.is_any
    assert other.booking.is_any
    assert bare.is_whole
    assert other.is_whole


@pytest.mark.parametrize(
    ("capture", "code", "text"),
    [(BY_KEY, 0x6C, "Abbruch durch Kunde"), (WRONG_AMOUNT, 0xFF, "Betrag falsch")],
)
def test_captured_refusals_say_why_and_name_no_booking(capture: str, code: int, text: str) -> None:
    """A refusal names the terminal and nothing that was booked."""
    refused = result_of(capture)
    assert (refused.code, refused.text, refused.booking.is_any) == (code, text, False)
    assert refused.booking.terminal == "28004869"


def test_the_emulated_terminal_says_what_captured_ones_say() -> None:
    """Field by field as the capture, so that tests against it are tests against the protocol."""
    captured, emulated = result_of(PAID_2040), read_result(status(Booked("pay", 2_040, 470))[3:])
    assert emulated.amount_minor == captured.amount_minor
    assert emulated.booking.receipt == captured.booking.receipt
    assert (emulated.card, emulated.text) == (captured.card, captured.text)


def test_commands_are_written_as_the_protocol_has_them() -> None:
    """By its own examples: password, config byte and currency; amount and currency."""
    assert registration("000000", "EUR").encode().hex() == "060006000000080978"
    asking = registration("000000", "EUR", is_asking=True)
    assert asking.encode().hex() == "0600060000008e0978"
    assert authorization(2_040, "EUR").encode().hex() == "06010a04000000002040490978"
    assert reversal("123456", "0470").encode().hex() == "063006123456870470"


def test_a_terminal_is_asked_in_each_currency_that_events_are_offered_in() -> None:
    """Three digits of its number, also where minor units are thousandths."""
    asked = {one: authorization(1_250, one).encode().hex()[-4:] for one in OFFERED}
    assert (asked["EUR"], asked["JPY"], asked["KWD"]) == ("0978", "0392", "0414")
    assert authorization(1_250, "BHD").encode().hex() == "06010a04000000001250490048"


@pytest.mark.parametrize("amount", [0, -1, 10**12])
def test_an_amount_that_no_terminal_takes_is_refused_before_it_is_sent(amount: int) -> None:
    """Nothing, less than nothing, and more than twelve digits."""
    with pytest.raises(BadInput):
        authorization(amount, "EUR")
    with pytest.raises(BadInput, match="do not take"):
        authorization(1, "AUD")


def test_a_day_says_its_sum_by_itself_or_by_its_cards() -> None:
    """The field of totals counts where no amount stands: girocard 26.00, VISA 4.50."""
    totals = "00680071" + "04000000002600" + "00000000000000" * 3 + "01000000000450"
    totals += "00000000000000" * 2
    assert read_result(bytes.fromhex("2700" + "60F0F5F3" + totals)).amount_minor == 3_050
    both = bytes.fromhex("2700" + "04000000009999" + "60F0F5F3" + totals)
    assert read_result(both).amount_minor == 9_999


def test_steps_are_read() -> None:
    """A bare code, a code with minutes, and one with the terminal's own words."""
    assert read_progress(b"\x0a") == (0x0A, "")
    assert read_progress(b"\x0a\x02") == (0x0A, "")
    words = bytes.fromhex("0E02 06 0A 24 08 0706") + b"Warten"
    assert read_progress(words) == (0x0E, "Warten")
    assert read_progress(b"") == (0xFF, "")


def test_a_state_stands_behind_the_version_of_the_program() -> None:
    """Or alone, or not at all."""
    assert read_state(bytes.fromhex("F0F0F3") + b"2.0\x9c") == 0x9C
    assert read_state(b"\x9c") == 0x9C
    assert read_state(b"") is None


@given(st.integers(0, 0xFFFF), st.binary(max_size=700))
def test_every_message_is_read_back_as_it_was_written(command: int, data: bytes) -> None:
    """Short and long lengths alike."""
    message = Apdu(command, data)
    assert ApduReader().feed(message.encode()) == [message]


@pytest.mark.parametrize("size", [0, 254, 255, 256, DATA_MAX])
def test_the_length_changes_its_form_at_255(size: int) -> None:
    """Up to 254 bytes one byte says so, beyond it three do."""
    message = Apdu(0x0600, bytes(size))
    assert len(message.encode()) - size == (3 if size <= 254 else 5)
    assert ApduReader().feed(message.encode()) == [message]


def test_a_message_that_is_too_long_is_not_written() -> None:
    """Its length could not be said."""
    with pytest.raises(ValueError, match="65535"):
        Apdu(0x0600, bytes(DATA_MAX + 1)).encode()


@given(st.lists(st.binary(max_size=300), max_size=5), st.data())
def test_messages_are_the_same_however_the_network_cuts_them(
    datas: list[bytes], cuts: st.DataObject
) -> None:
    """Byte by byte, in pieces, or several at once."""
    messages = [Apdu(0x040F, data) for data in datas]
    stream = b"".join(message.encode() for message in messages)
    reader, found, at = ApduReader(), [], 0
    while at < len(stream):
        step = cuts.draw(st.integers(1, max(1, len(stream) - at)))
        found += reader.feed(stream[at : at + step])
        at += step
    assert found == messages


@given(st.binary(max_size=600))
def test_no_bytes_make_the_reader_stumble(data: bytes) -> None:
    """Garbage, half messages and false lengths are read or left, and never raise."""
    for message in ApduReader().feed(data):
        read_result(message.data)
        read_progress(message.data)
        read_state(message.data)
    fields = read_fields(data)
    size = sum(len(value) for value in fields.by_tag.values())
    assert size + len(fields.rest) <= len(data)
    assert sum(len(value) for _, value in read_container(data)) <= len(data)


@given(st.sampled_from(CAPTURES), st.data())
def test_a_captured_message_that_was_cut_or_changed_never_gains_an_amount(
    capture: str, draws: st.DataObject
) -> None:
    """What a broken message says of an amount is what the whole one says, or is marked broken."""
    data = bytes.fromhex(capture)[3:]
    whole = read_result(data)
    cut = draws.draw(st.integers(0, len(data)))
    found = read_result(data[:cut])
    assert found.amount_minor in {None, whole.amount_minor}
    assert found.code in {None, whole.code}
    at, value = draws.draw(st.integers(0, len(data) - 1)), draws.draw(st.integers(0, 255))
    read_result(data[:at] + bytes((value,)) + data[at + 1 :])


@given(st.integers(0, 10**12 - 1))
def test_amounts_survive_their_packed_digits(amount: int) -> None:
    """Twelve digits, two to a byte."""
    assert read_digits(pack_digits(amount, 6)) == amount


def test_what_is_no_digit_is_no_number() -> None:
    """A byte of letters makes no amount."""
    assert read_digits(b"\x00\x0a") is None
    assert read_digits(None) is None
    assert read_digits(b"") is None
    with pytest.raises(ValueError, match="digits"):
        pack_digits(100, 1)
    with pytest.raises(ValueError, match="digits"):
        pack_digits(-1, 1)
