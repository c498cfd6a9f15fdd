"""What others call the columns of a list, and which of its lines names them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from server.ticketing.import_in_one_call import plain_word

_KNOWN_MIN: Final = 2
"""So many names of columns in one line are no accident."""
GUESSES: Final[dict[str, tuple[str, ...]]] = {
    "code": ("code", "barcode", "ticket code", "ticketcode", "secret", "ticket secret", "qr",
             "qr code", "barcode number", "barcode #", "barcode no.", "ticket barcode",
             "strichcode", "barcodenummer", "ticket-code", "geheimnis", "code-barres",
             "código de barras", "código", "รหัส", "รหัสบัตร", "الرمز", "رمز التذكرة",
             "ticket no.", "ticket no", "ticket number", "ticket nr",
             "ticket-nr", "ticket-nr.", "ticketnummer", "ticket-nummer", "codice",
             "codice a barre", "codice biglietto"),
    "uid": ("uid", "tag", "nfc", "rfid", "chip"),
    "type": ("type", "ticket type", "tickettype", "type of ticket", "ticket category",
             "product", "item", "category", "kategorie", "art", "ticketart", "kartenart",
             "produkt", "produit", "tipo", "catégorie", "categoría", "typ", "tickettyp",
             "type de billet", "tipo de entrada", "biglietto",
             "tipo biglietto", "tipo di biglietto", "ประเภท", "ประเภทบัตร", "النوع", "نوع التذكرة"),
    "name": ("name", "attendee name", "holder", "guest", "full name", "gast", "teilnehmer",
             "teilnehmername", "nominativo", "ชื่อ", "الاسم"),
    "email": ("email", "e-mail", "mail", "attendee email", "e-mail address", "email address",
              "e-mail-adresse", "correo", "correo electrónico", "adresse e-mail", "อีเมล",
              "البريد الإلكتروني"),
}  # fmt: skip
"""What others call our columns: ticket shops, spreadsheets of several languages."""
FIRST_NAMES: Final = ("first name", "given name", "attendee first name", "firstname", "vorname",
                       "prénom", "nombre", "nome")  # fmt: skip
SURNAMES: Final = ("last name", "surname", "family name", "attendee last name",
                    "attendee surname", "lastname", "nachname", "nom", "nom de famille",
                    "apellidos", "apellido", "cognome")  # fmt: skip
"""Where a list keeps both apart; by itself, some of these words mean the whole name."""
_KNOWN: Final = frozenset((*sum(GUESSES.values(), ()), *FIRST_NAMES, *SURNAMES))


def count_known(cells: Iterable[str]) -> int:
    """Return how many cells say what a column is often called."""
    return len({plain_word(cell) for cell in cells} & _KNOWN)


def find_names(lines: Iterable[Iterable[str]]) -> int:
    """Return which of a list's first lines names its columns, from 0.

    It is the first one, unless that says nothing known and one further down does: people put a
    title, a date and whose list it is above.
    """
    for place, cells in enumerate(lines):
        known = count_known(cells)
        if place == 0 and known:
            return 0
        if known >= _KNOWN_MIN:
            return place
    return 0
