"""What a ticket says, in words of its language, before it is put on a page."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.manifest.ticket_design import TicketDesign

_KEPT: Final = (
    "digits",
    "event",
    "ticket_type",
    "manual_code",
    "moment",
    "validity",
    "references",
)


class TicketWords(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket's texts, each whole and set apart in its direction; "" is left out.

    Attributes:
        digits: What its QR code holds.
        manual_code: Typed where the code cannot be read.
        code_hint: The sentence above it.
        moment: Day and time.
        date: The date's own name.
        validity: From when until when it lets in, where it does not always.
        persons: How many it lets in, where they are several.
        order: Its order, in a sentence.
        references: Further ones, such as receipt and till.
        home_gate: Which gate admits it without a network, in a sentence.
        serial: The ticket's id, in small print.
        bands: What nobody must overlook: practice, a copy.
    """

    digits: str
    event: str
    ticket_type: str
    manual_code: str = ""
    code_hint: str = ""
    moment: str = ""
    date: str = ""
    validity: str = ""
    venue: str = ""
    zone: str = ""
    seat: str = ""
    persons: str = ""
    holder: str = ""
    organization: str = ""
    price: str = ""
    order: str = ""
    references: tuple[str, ...] = ()
    home_gate: str = ""
    serial: str = ""
    bands: tuple[str, ...] = ()

    def tail(self) -> tuple[str, ...]:
        """Return price and references, as far as there are any."""
        return tuple(filter(None, (self.price, self.order, *self.references)))


def leave_out(words: TicketWords, design: TicketDesign) -> TicketWords:
    """Leave out what a design hides; a name that it does not know hides nothing."""
    known = set(TicketWords.__struct_fields__)
    hidden = dict.fromkeys((one for one in design.hidden if one in known), "")
    for kept in _KEPT:
        hidden.pop(kept, None)  # from a newer or a damaged plan: nothing that a gate needs
    return msgspec.structs.replace(words, **hidden)
