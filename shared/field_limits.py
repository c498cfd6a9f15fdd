"""What the desk's forms propose and the server's routes take at most: each number once.

The desk says beforehand what the server would refuse; neither imports the other. Every other
number stands in the file of what it bounds.
"""

from __future__ import annotations

from typing import Final

# ---------------------------------------------------------------- texts, in characters

NAME_SIZE_MAX: Final = 200
"""Of whatever bears a name: an event, an organization and its legal name, a hold."""
TEXT_SIZE_MAX: Final = 2_000
"""Of what is written freely, such as the reason for a hold."""
SEARCH_SIZE_MAX: Final = 200
"""Of what is looked for: words in a list, a guest's name."""
URL_SIZE_MAX: Final = 2_000
"""Of an address that messages are sent to."""
ADDRESS_SIZE_MAX: Final = 500
"""Of an organization's postal address."""
REASON_SIZE_MAX: Final = 500
"""Of why somebody lifts a freeze, cancels an order or rules on a lost device, at the desk."""
TAX_NUMBER_SIZE_MAX: Final = 64
VOUCHER_NOTE_SIZE_MAX: Final = 200
HOST_NAME_SIZE_MAX: Final = 120
"""Of whose guests a list names."""
PROMOTION_CODE_SIZE_MIN: Final = 4
"""Letters and digits; of shorter codes one is guessed soon."""

# ---------------------------------------------------------------- money, in minor units

AMOUNT_MAX: Final = 1_000_000_000_000
"""Of a price, a payment, a refund or a voucher."""
REFUND_FEE_MAX: Final = 1_000_000_000

# ---------------------------------------------------------------- tickets and places

PLACES_MAX: Final = 10_000_000
"""Places, tickets or persons, wherever a number of them is asked for."""
HELD_TICKETS_MAX: Final = 1_000_000
"""Kept back by one hold."""
TILL_STOCK_MAX: Final = 1_000_000
"""Unsold tickets of a type that an organizer may let a till hold."""
COMPANIONS_MAX: Final = 20
"""Whom a guest on a list may bring."""
PROMOTION_USES_MAX: Final = 10_000_000
VOUCHERS_AT_ONCE_MAX: Final = 500
"""In one request; a longer list goes in several."""
TRIAL_ENTRIES_MAX: Final = 50
"""Earlier entries that an imagined ticket may have where it is tried what a gate would say."""

# ---------------------------------------------------------------- dates

SERIES_DATES_MAX: Final = 400
"""That one rule makes: more than a show every day for a year."""
NAMES_KEPT_DAYS_MIN: Final = 1
NAMES_KEPT_DAYS_MAX: Final = 3_650
"""After an event, where an organization has a rule: ten years, as books are kept."""

# ---------------------------------------------------------------- files and mails

LIST_FILE_SIZE_MAX: Final = 32_000_000
"""Bytes of a list that is brought: two hundred thousand lines with names and addresses."""
IMPORT_LINES_MAX: Final = 200_000
"""Of such a list."""
PICTURE_SENT_MAX: Final = 8_000_000
"""Bytes of a picture as it is sent: a telephone's photograph."""
AUDIT_LINES_MAX: Final = 50_000
"""Lines of the audit trail in one file."""
REPORT_RECIPIENTS_MAX: Final = 20
"""Of one mailed report: with the other bounds 400 mails a day, and 200 more that somebody asks
for."""
REPORT_EVENTS_NAMED_MAX: Final = 200
"""Events that one report over a period is asked for by name; without names it is about all."""
