"""The mail that holds an order's tickets: text, page with a picture for each code, PDF. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from email.message import EmailMessage
from functools import cache
from html import escape
from typing import Final

import msgspec
import segno

from server.mail.headers import MailHead, add_page, begin_mail
from server.mail.mail_texts import Wording
from server.paper.ticket_pages import TicketPages, make_code, write_pages
from shared.kernel.instant import Instant
from shared.manifest.ticket_design import PLAIN, TicketDesign
from shared.paper.ticket_words import TicketWords

QR_SCALE: Final = 6
"""Pixels a module: 270 in all with the quiet zone of four, read by every phone's screen."""


class MailedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket of a mail.

    Attributes:
        kind: Its type's name.
        starts_at: Of its occurrence, or None where it is good for all.
        valid_from, valid_until: The first and the last instant at which it lets in, or None.
        digits: What its QR code holds; empty where it admits nobody yet.
        manual_code: For voice and keypad, or None.
        gate: Where it has to enter, or None.
        seat: Where its holder sits; "" where no seat is reserved.
        persons: How many it lets in.
        holder: Who was named for it; "" where nobody was, and the buyer's name stands there.
        serial: Its id, as 16 hex digits.
    """

    kind: str
    occurrence: str
    starts_at: Instant | None
    digits: str
    manual_code: str | None
    gate: str | None
    seat: str
    persons: int
    holder: str
    serial: str
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class OrderMail(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail is made of.

    Attributes:
        part, parts: Many tickets come in several mails.
        design, pictures: What the event's tickets look like, and its pictures by their digests.
    """

    head: MailHead
    buyer: str | None
    event: str
    zone: tzinfo
    number: int
    total_minor: int
    currency: str
    tickets: Sequence[MailedTicket]
    part: int = 1
    parts: int = 1
    design: TicketDesign = PLAIN
    pictures: Mapping[str, bytes] = {}


def compose(mail: OrderMail, wording: Wording) -> EmailMessage:
    """Write the mail."""
    subject = wording.say("subject", event=mail.event)
    if mail.parts > 1:
        several = wording.say("several", part=mail.part, parts=mail.parts)
        subject = f"{subject} ({several})"
    message = begin_mail(
        mail.head,
        subject=subject,
        language=wording.language,
        text=_text(mail, wording),
    )
    add_page(message, _page(mail, wording))
    page = message.get_body(("html",))
    assert isinstance(page, EmailMessage)
    make = cache(make_code)  # a code stands in the mail and on its ticket's page
    for number, ticket in enumerate(mail.tickets, start=1):
        if ticket.digits:
            page.add_related(
                _draw(make(ticket.digits)),
                "image",
                "png",
                cid=f"<{_cid(mail, number)}>",
                filename=f"ticket-{number}.png",
            )
    if printed := [_words(one, mail, wording) for one in mail.tickets if one.digits]:
        pages = TicketPages(
            title=mail.event,
            language=wording.language,
            runs_left=wording.runs_left,
            layout=mail.design.page,
            design=mail.design,
            pictures=mail.pictures,
        )
        message.add_attachment(
            write_pages(printed, pages, make), "application", "pdf", filename="tickets.pdf"
        )
    return message


def _draw(code: segno.QRCode) -> bytes:
    """Return a PNG of a credential's code, as design and printers have it: version 5, M."""
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=QR_SCALE, border=4)
    return picture.getvalue()


def _words(ticket: MailedTicket, mail: OrderMail, wording: Wording) -> TicketWords:
    """Say what a ticket says on its page."""
    at = "" if ticket.starts_at is None else wording.moment(ticket.starts_at, mail.zone)
    return TicketWords(
        digits=ticket.digits,
        manual_code=ticket.manual_code or "",
        event=mail.event,
        ticket_type=ticket.kind,
        moment=at,
        date=ticket.occurrence,
        validity=_validity(ticket, mail, wording),
        seat=ticket.seat,
        persons=f"× {ticket.persons}" if ticket.persons > 1 else "",
        holder=ticket.holder or mail.buyer or "",
        organization=mail.head.organization,
        order=f"{wording.say('order')}: {mail.number}",
        home_gate="" if ticket.gate is None else f"{wording.say('gate')}: {ticket.gate}",
        serial=ticket.serial,
    )


def _validity(ticket: MailedTicket, mail: OrderMail, wording: Wording) -> str:
    return wording.validity(ticket.valid_from, ticket.valid_until, mail.zone)


def _cid(mail: OrderMail, number: int) -> str:
    return f"{number}.{mail.head.message_id.strip('<>')}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _lines(ticket: MailedTicket, mail: OrderMail, wording: Wording) -> list[str]:
    found = []
    if ticket.starts_at is not None:
        when = wording.moment(ticket.starts_at, mail.zone)
        found.append(f"{wording.say('at')}: {when}")
    if ticket.occurrence:
        found.append(ticket.occurrence)
    if validity := _validity(ticket, mail, wording):
        found.append(validity)
    if ticket.seat:
        found.append(f"{wording.say('seat')}: {ticket.seat}")
    if ticket.persons > 1:
        found.append(f"× {ticket.persons}")
    if ticket.gate is not None:
        found.append(f"{wording.say('gate')}: {ticket.gate}")
    if ticket.manual_code is not None:
        found.append(f"{wording.say('code')}: {ticket.manual_code}")
    return found


def _opening(mail: OrderMail, wording: Wording) -> list[str]:
    if mail.buyer is None:
        greeting = wording.say("greeting_nobody")
    else:
        greeting = wording.say("greeting", name=_one_line(mail.buyer))
    total = wording.money(mail.total_minor, mail.currency)
    return [
        greeting,
        wording.say("opening", event=mail.event),
        f"{wording.say('order')}: {mail.number} · {wording.say('total')}: {total}",
    ]


def _text(mail: OrderMail, wording: Wording) -> str:
    parts = ["\n".join(_opening(mail, wording))]
    for number, ticket in enumerate(mail.tickets, start=1):
        parts.append("\n".join([f"{number}. {ticket.kind}", *_lines(ticket, mail, wording)]))
    parts.append(wording.say("hint"))
    parts.append(wording.say("from", organization=mail.head.organization))
    return "\n\n".join(parts) + "\n"


def _page(mail: OrderMail, wording: Wording) -> str:
    cards = []
    for number, ticket in enumerate(mail.tickets, start=1):
        lines = "".join(f"<div>{escape(line)}</div>" for line in _lines(ticket, mail, wording))
        code = ""
        if ticket.digits:
            code = (
                f'<img src="cid:{_cid(mail, number)}" alt="{escape(ticket.kind)}"'
                ' width="222" height="222" style="display:block;background:#fff">'
            )
        cards.append(
            '<div style="border:1px solid #b8c0cc;border-radius:8px;padding:16px;margin:16px 0">'
            f'<div style="font-size:20px;font-weight:600">{escape(ticket.kind)}</div>'
            f"{lines}{code}</div>"
        )
    opening = "".join(f"<p>{escape(line)}</p>" for line in _opening(mail, wording))
    closing = "".join(
        f'<p style="color:#4a5260">{escape(line)}</p>'
        for line in (wording.say("hint"), wording.say("from", organization=mail.head.organization))
    )
    return (
        f'<!doctype html><html lang="{wording.language}" dir="{wording.direction}">'
        '<body style="font-family:sans-serif;max-width:480px;margin:0 auto;color:#101418">'
        f"{opening}{''.join(cards)}{closing}</body></html>"
    )
