"""Why something was refused, or its work did not come off: a code with values.

The server words it in English, for logs and integrators; the desk words it in its own language.
Codes are never renamed; new ones are added, and where one is not known the server's words stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from shared.wire.refusal_reasons import REFUSALS

ENGLISH: Final[Mapping[str, str]] = {
    **REFUSALS,
    "mail.no_address": "What is kept as the address is none that one mail can be sent to.",
    "mail.recipient_refused": "The mail server refuses the recipient ({code}).",
    "mail.refused": "The mail server refuses the mail ({code}).",
    "mail.later": "The mail server says: try later ({code}).",
    "mail.silent": "The mail server fell silent; the mail may have arrived.",
    "mail.no_tls": "The mail server offers no TLS that can be trusted, or takes no mail now.",
    "mail.unreached": "The mail server cannot be reached.",
    "mail.password": "The mail server refuses our user or password.",
    "work.ends_server": "Each time, the server has ended while it did this.",
    "work.broken": "Something broke on our side; the log tells more.",
    "list.broken": "Each try has failed on the server's side; bring the list in smaller parts.",
    "list.empty": "The list is empty; its first line names the columns.",
    "list.quotation": "The list cannot be read after line {line}: a quotation mark is missing.",
    "list.encoding": "Save the list as CSV in UTF-8, or as XLSX.",
    "list.unreadable": "The file is no spreadsheet that can be read.",
    "list.no_sheet": "The spreadsheet has no sheet.",
    "list.too_big": "The spreadsheet unpacks to too much; send it in parts.",
    "list.torn": "The spreadsheet cannot be read to its end; save it anew.",
    "list.too_long": "A list has at most {count} lines; bring it in parts.",
    "list.sold_out": "Fewer tickets are left than asked for.",
    "list.places": "{name}: {count} places are missing.",
}
"""What each code says, with its values."""


class WorkReason(msgspec.Struct, frozen=True):
    """Why work that the server does by itself did not come off, by a code that the desk words.

    Attributes:
        values: By the names in the code's sentence: numbers, what the organizer has named, or a
            state's own word.
    """

    code: str
    values: Mapping[str, int | str] = {}

    def __str__(self) -> str:
        """Say it in English; the code must be known."""
        return ENGLISH[self.code].format_map(self.values)
