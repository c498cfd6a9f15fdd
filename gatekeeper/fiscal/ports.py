"""What a fiscal signer is asked and what it answers; no country is built in.

The order is fixed: the sale's number and journal entry are durable, then `finish`, then its
outcome is durable, then the receipt is printed. Counters of a signer are the signer's; the till's
own series has no gaps whatever it answers, and no receipt is signed later.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Protocol

import msgspec

from shared.kernel.instant import Instant
from shared.sales.receipt import ReceiptTax

LINES_MAX: Final = 64
"""Of a receipt: more than any country asks for, and less than a roll of paper."""

CODE_SIZE_MAX: Final = 2_331
"""Letters: so many does the largest QR code hold at level M."""

_Text = Annotated[str, msgspec.Meta(max_length=512)]


class PaidPart(msgspec.Struct, frozen=True):
    """A part of what was paid, in minor units.

    Attributes:
        is_cash: Cash or anything else.
        amount_minor: May be negative, where money was given back.
        currency: ISO 4217.
    """

    is_cash: bool
    amount_minor: int
    currency: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a signer is told about a receipt.

    Attributes:
        series: The till's device id: whose numbers they are.
        number: Of the series, from 1 without gaps; 0 before it is known.
        kind: `sale`, `void`, `refund`, `training`, `zero` or `cash_move`.
        rates: Per rate of tax.
        parts: How it was paid.
        rounding_minor: What rounding in cash added.
        operator: Opaque id of the cashier, or "".
        started_at: When its first line was entered.
        ended_at: When it was paid.
        of_number: The receipt that a void or refund takes back, or 0.
    """

    series: str
    number: int
    kind: str
    rates: tuple[ReceiptTax, ...] = ()
    parts: tuple[PaidPart, ...] = ()
    rounding_minor: int = 0
    operator: str = ""
    started_at: Instant
    ended_at: Instant
    of_number: int = 0


class Handle(msgspec.Struct, frozen=True, tag="handle"):
    """A receipt that a signer has begun; opaque, the signer's own."""

    token: bytes


class Signed(msgspec.Struct, frozen=True, tag="signed"):
    """What a signer wants on the receipt; beyond these bounds it has not signed.

    Attributes:
        lines: To be printed as they are.
        code: The text of a QR code, or "".
        opaque: What it gave, kept verbatim for its export.
    """

    lines: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    code: Annotated[str, msgspec.Meta(max_length=CODE_SIZE_MAX)] = ""
    opaque: bytes = b""


class Unavailable(msgspec.Struct, frozen=True, tag="unavailable"):
    """The signer did not sign; the sale stands and is not signed later.

    Attributes:
        reason: `silent`, `failed`, `stopped`, or the signer's own word.
        since: Since when it is known to be so.
        text: What the country wants printed in place of the signature; "" for the catalogue's
            own words.
    """

    reason: _Text
    since: Instant
    text: _Text = ""


Outcome = Signed | Unavailable


class FiscalPort(Protocol):
    """One signer. Its calls may block for long and are made in a thread of their own."""

    @property
    def signs(self) -> bool:
        """Whether there is a signer at all."""

    @property
    def block_when_unavailable(self) -> bool:
        """Whether nothing may be sold without it."""

    def begin(self, till: str, draft: Facts, at: Instant) -> Handle | Unavailable:
        """Begin a receipt, when its first line is entered."""

    def update(self, handle: Handle, facts: Facts) -> None:
        """Tell of a long sale what it has come to."""

    def finish(self, handle: Handle, facts: Facts) -> Outcome:
        """Sign, before anything is printed."""

    def cancel(self, handle: Handle, facts: Facts) -> Outcome:
        """Sign that a receipt was abandoned, voided or for practice."""

    def open_handles(self) -> list[Handle]:
        """Return what was begun and neither finished nor cancelled, after a crash."""

    def export(self, first: Instant, last: Instant, to: Path) -> None:
        """Write what an auditor asks for of a period."""
