"""What till and terminal say in ZVT, as values: the till's commands and the terminal's results.

Source:
    PA00P015, revision 13.13: chapters 2 (commands of the till), 3 (of the terminal)
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.terminals.zvt_codec import (
    Apdu,
    ZvtFields,
    pack_digits,
    read_container,
    read_digits,
    read_fields,
)
from shared.kernel.errors import BadInput

ACKNOWLEDGED: Final = 0x8000
REFUSED_CLASS: Final = 0x84
STATUS: Final = 0x040F
PROGRESS: Final = 0x04FF
COMPLETION: Final = 0x060F
ABORTED: Final = 0x061E
AUTHORIZE: Final = 0x0601
REGISTER: Final = 0x0600
ENQUIRE: Final = 0x0501
REPEAT: Final = 0x0620
REVERSE: Final = 0x0630
END_OF_DAY: Final = 0x0650
TOTALS: Final = 0x0610
CANCEL: Final = 0x06B0

OK: Final = 0x00
BUSY: Final = 0x9C
CANNOT_SAY: Final = frozenset({0x6B, 0x6C, 0x83, 0x9A, 0x9B, BUSY, 0xA0, 0xFF})
"""Aborts of a question that answer it by nothing: not registered, aborted by key or time, not
possible, faults of protocol and line, not ready, and no reason at all."""
_PASSWORD: Final = 3
_PRINTS_AT_TILL: Final = 0x02 | 0x04
_TELLS_PROGRESS: Final = 0x08
_LINES: Final = 0x80
_AMOUNT_MAX: Final = 10**12 - 1

CURRENCIES: Final = {
    "BHD": 48,
    "CHF": 756,
    "CZK": 203,
    "DKK": 208,
    "EUR": 978,
    "GBP": 826,
    "HUF": 348,
    "IQD": 368,
    "ISK": 352,
    "JOD": 400,
    "KWD": 414,
    "LYD": 434,
    "NOK": 578,
    "OMR": 512,
    "PLN": 985,
    "RON": 946,
    "SEK": 752,
    "THB": 764,
    "TND": 788,
    "JPY": 392,
    "USD": 840,
}
"""ISO 4217's numbers of currencies that terminals are asked in."""


class Booking(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=False):
    """What identifies a booking: all of it together, as terminals leave out now this, now that.

    Attributes:
        terminal, receipt, trace, turnover, date, time: As packed digits, in hex; "" where absent.
    """

    terminal: str = ""
    receipt: str = ""
    trace: str = ""
    turnover: str = ""
    date: str = ""
    time: str = ""

    @property
    def is_any(self) -> bool:
        """Whether there is one: a refusal names the terminal alone."""
        return any(part.strip("0") for part in (self.receipt, self.trace, self.turnover)) or bool(
            self.date and self.time
        )


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a terminal's status information says.

    Attributes:
        code: 0 for done, else why not; None where it says none.
        amount_minor: In minor units, or None.
        currency: ISO 4217's number, or None.
        booking: Which one.
        card: The card's name, or "".
        text: What the terminal adds, or "".
        is_whole: Every field of it could be read.
    """

    code: int | None = None
    amount_minor: int | None = None
    currency: int | None = None
    booking: Booking = Booking()
    card: str = ""
    text: str = ""
    is_whole: bool = True


def number_of(currency: str) -> int:
    """Return ISO 4217's number of a currency.

    Raises:
        BadInput: if terminals are not asked in it.
    """
    number = CURRENCIES.get(currency)
    if number is None:
        message = f"card terminals do not take {currency[:8]!r}; use {', '.join(CURRENCIES)}"
        raise BadInput(message)
    return number


def registration(password: str, currency: str, *, is_asking: bool = False) -> Apdu:
    """Say who is at the line: each step is to be told, and the terminal prints its own slips.

    Payments may still be begun at the terminal by hand, for when this till cannot.

    Args:
        password: Of the terminal.
        currency: ISO 4217.
        is_asking: It is only asked what it has booked, and prints nothing of that: it would send
            its lines, which nobody takes.
    """
    config = _TELLS_PROGRESS | (_PRINTS_AT_TILL | _LINES if is_asking else 0)
    data = bytes.fromhex(password) + bytes((config,))
    return Apdu(REGISTER, data + pack_digits(number_of(currency), 2))


def authorization(amount_minor: int, currency: str) -> Apdu:
    """Ask for a payment."""
    return Apdu(AUTHORIZE, _amount(amount_minor) + _currency(currency))


def reversal(password: str, receipt: str) -> Apdu:
    """Ask to take a booking of this day back, whole.

    Args:
        password: Of the terminal.
        receipt: The booking's receipt number, as `Booking` has it.
    """
    return Apdu(REVERSE, bytes.fromhex(password) + b"\x87" + bytes.fromhex(receipt))


def enquiry(password: str) -> Apdu:
    """Ask how the terminal is."""
    return Apdu(ENQUIRE, bytes.fromhex(password) + b"\x03\x01")


def repetition(password: str) -> Apdu:
    """Ask for the last booking again."""
    return Apdu(REPEAT, bytes.fromhex(password))


def end_of_day(password: str) -> Apdu:
    """Ask to settle the day, and what it came to."""
    return Apdu(END_OF_DAY, bytes.fromhex(password))


def totals(password: str) -> Apdu:
    """Ask what the day has come to; the day goes on."""
    return Apdu(TOTALS, bytes.fromhex(password))


def is_password(text: str) -> bool:
    """Tell whether a text is a terminal's password: six digits."""
    return len(text) == 2 * _PASSWORD and text.isdecimal() and text.isascii()


def read_result(data: bytes) -> Result:
    """Read status information; what cannot be read is left out, and said so."""
    fields = read_fields(data)
    found = fields.by_tag
    code = found.get(0x27)
    return Result(
        code=None if code is None else code[0],
        amount_minor=_amount_of(fields),
        currency=read_digits(found.get(0x49)),
        booking=Booking(
            terminal=found.get(0x29, b"").hex(),
            receipt=found.get(0x87, b"").hex(),
            trace=found.get(0x0B, b"").hex(),
            turnover=found.get(0x88, b"").hex(),
            date=found.get(0x0D, b"").hex(),
            time=found.get(0x0C, b"").hex(),
        ),
        card=_text(found.get(0x8B, b"")),
        text=_text(found.get(0x3C, b"")),
        is_whole=not fields.rest,
    )


def _amount_of(fields: ZvtFields) -> int | None:
    """Return the amount; that of a day without one is the sum of its kinds of card."""
    amount = read_digits(fields.by_tag.get(0x04))
    if amount is not None or 0x60 not in fields.by_tag:
        return amount
    single = fields.by_tag[0x60][4:]
    parts = [read_digits(single[at + 1 : at + 7]) for at in range(0, len(single) - 6, 7)]
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


def read_progress(data: bytes) -> tuple[int, str]:
    """Read an intermediate status: its code, and the text that the terminal shows, or ""."""
    if not data:
        return 0xFF, ""
    # Code, perhaps the minutes until it gives up, perhaps a container.
    at = data.find(b"\x06", 1)
    lines: list[str] = []
    if at in {1, 2}:
        for tag, value in read_container(read_fields(data[at:]).by_tag.get(0x06, b"")):
            parts = read_container(value) if tag == 0x24 else [(tag, value)]
            lines += [_text(part) for one, part in parts if one == 0x07]
    return data[0], " ".join(line for line in lines if line)


def read_state(data: bytes) -> int | None:
    """Return how a terminal says it is, of the completion of an enquiry; None where it does not.

    The version of its program stands first, counted by three digits.
    """
    if len(data) > 3 and all(sign >> 4 == 0xF and sign & 0xF <= 9 for sign in data[:3]):
        at = 3 + int("".join(str(sign & 0xF) for sign in data[:3]))
        return data[at] if at < len(data) else None
    return data[0] if len(data) == 1 else None


def _amount(amount_minor: int) -> bytes:
    if not 0 < amount_minor <= _AMOUNT_MAX:
        raise BadInput(f"a card terminal takes 1 to {_AMOUNT_MAX} minor units, not {amount_minor}")
    return b"\x04" + pack_digits(amount_minor, 6)


def _currency(currency: str) -> bytes:
    return b"\x49" + pack_digits(number_of(currency), 2)


def _text(data: bytes) -> str:
    """Return a terminal's text in one line, without what controls a screen or a printer."""
    said = data.decode("cp437")
    return "".join(sign if sign.isprintable() else " " for sign in said).strip()[:200]
