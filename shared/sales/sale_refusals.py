"""Why a till said no, as code words: one list for the window, `--lines` and the tests."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class SaleReason(StrEnum):
    """How a request to a till has ended. The value is its word in answers and on screens."""

    OK = "ok"
    MALFORMED = "malformed"
    """The request is none."""
    NO_EVENT = "no_event"
    """The till knows no event yet; sync once."""
    REVOKED = "revoked"
    EVENT_CLOSED = "event_closed"
    NO_KEY = "no_key"
    """The server has not delegated a key that is good now; sync once."""
    NO_SHIFT = "no_shift"
    NOT_ALLOWED = "not_allowed"
    """The cashier may not, and nobody who may has allowed it."""
    NOT_SOLD_HERE = "not_sold_here"
    """No such type, or none with a price."""
    TOO_MANY = "too_many"
    """More tickets than one sale holds, or none."""
    GRANT_USED_UP = "grant_used_up"
    SEAT_TAKEN = "seat_taken"
    """A seat that was asked for is not this till's to sell, or so many are not left."""
    WRONG_SEATS = "wrong_seats"
    """Seats that are none, not of the type, or not one for each ticket."""
    NOT_ON_SALE = "not_on_sale"
    """Its sale has not begun, or has ended."""
    TOO_FEW = "too_few"
    UNKNOWN_CODE = "unknown_code"
    CODE_USED_UP = "code_used_up"
    CODES_DO_NOT_COMBINE = "codes_do_not_combine"
    MIXED_CURRENCIES = "mixed_currencies"
    TWO_CURRENCIES = "two_currencies"
    """The drawer is counted in another currency."""
    WRONG_TENDER = "wrong_tender"
    """A tender that is none, or that does not go with the others."""
    SUM_DIFFERS = "sum_differs"
    """What was tendered does not come to what is due."""
    LESS_BACK = "less_back"
    """Less goes back by now than was shown: whoever gives the ticket back is told first."""
    NO_TERMINAL = "no_terminal"
    """The terminal cannot be reached: nothing was charged."""
    NO_VOUCHERS = "no_vouchers"
    """Vouchers are taken only where the server can be asked."""
    NO_SIGNER = "no_signer"
    """The fiscal signer is away, and nothing may be sold without it."""
    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_UNKNOWN = "payment_unknown"
    """The sale stays open until somebody has found out whether the guest was charged."""
    UNKNOWN_SALE = "unknown_sale"
    """No sale of this till is open, or parked, under that id."""
    UNKNOWN_TICKET = "unknown_ticket"
    UNKNOWN_ORDER = "unknown_order"
    """Nothing is held, or nothing that this badge opens."""
    CHECK_ID = "check_id"
    """Look at whoever picks it up first, and say so."""
    NOT_RECORDED = "not_recorded"
    """The disk refused: nothing was done."""


class Refusal(msgspec.Struct, frozen=True):
    """Why a till does not sell what was asked of it.

    Attributes:
        reason: As a code word.
        text: What to do, in a sentence.
    """

    reason: SaleReason
    text: str
