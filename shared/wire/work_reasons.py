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
    "mail.no_address": "The saved address is not a valid email address.",
    "mail.recipient_refused": "The mail server rejects the recipient ({code}).",
    "mail.refused": "The mail server rejects the message ({code}).",
    "mail.later": "The mail server says: try later ({code}).",
    "mail.silent": "The mail server stopped responding; the message may have arrived.",
    "mail.no_tls": "The mail server offers no trusted TLS, or accepts no mail now.",
    "mail.unreached": "The mail server cannot be reached.",
    "mail.password": "The mail server rejects our user or password.",
    "work.ends_server": "The server stopped each time it tried.",
    "work.broken": "Something went wrong on our side; the log says more.",
    "list.broken": "Every attempt has failed on the server; import the list in smaller parts.",
    "list.empty": "The list is empty; its first line names the columns.",
    "list.quotation": "The list cannot be read after line {line}: a quotation mark is missing.",
    "list.encoding": "Save the list as CSV in UTF-8, or as XLSX.",
    "list.unreadable": "The file is not a readable spreadsheet.",
    "list.no_sheet": "The spreadsheet has no sheet.",
    "list.too_big": "The spreadsheet is too large when unpacked; import it in parts.",
    "list.torn": "The spreadsheet is incomplete; save it again.",
    "list.too_long": "A list can have at most {count} lines; import it in parts.",
    "list.sold_out": "There are fewer tickets left than requested.",
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
