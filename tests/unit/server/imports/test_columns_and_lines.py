"""Which column of a foreign list holds what: guessed by its first line, and read by it."""

from __future__ import annotations

from typing import Final

import pytest

from server.imports.columns_and_lines import (
    LineReader,
    Mapping,
    StagedLine,
    WrongLine,
    guess_mapping,
)
from server.imports.reading_csv_and_xlsx import SheetRow
from server.ticketing.finding_and_changing_tickets import TicketType
from server.ticketing.words_of_wrong_lines import IS_BADGE, IS_ROUNDED
from shared.credential.badges_and_pins import BADGE_PREFIX, CASHIER_PREFIX
from shared.kernel.id_types import EventId, TicketTypeId

FLOOR: Final = TicketTypeId("tt_floor")
LISTS: Final = {
    "ours": ("code,type,name,email", "code,,type,name,,email"),
    "pretix positions": (
        "Order code,Product,Price,Attendee name,Attendee email,Ticket secret",
        "Ticket secret,,Product,Attendee name,,Attendee email",
    ),
    "pretix in German": (
        "Bestellnummer,Teilnehmername,Produkt,Preis,Geheimnis,E-Mail-Adresse",
        "Geheimnis,,Produkt,Teilnehmername,,E-Mail-Adresse",
    ),
    "names apart": (
        "Order no.,Attendee first name,Attendee surname,Attendee email,Ticket type,Barcode number",
        "Barcode number,,Ticket type,Attendee first name,Attendee surname,Attendee email",
    ),
    "a whole name beside its parts": (
        "First Name,Last Name,Full Name,Barcode",
        "Barcode,,,Full Name,,",
    ),
    "German, names apart": (
        "Nachname;Vorname;Ticketart;Strichcode".replace(";", ","),
        "Strichcode,,Ticketart,Vorname,Nachname,",
    ),
    "as a German theatre does": (
        "Nachname,Vorname,Kartenart,Anzahl",
        ",,Kartenart,Vorname,Nachname,",
    ),
    "as a German heads a list": (
        "Code,Typ,Vorname,Nachname,E-Mail",
        "Code,,Typ,Vorname,Nachname,E-Mail",
    ),
    "as a Spaniard does": ("Código,Tipo de entrada,Nombre", "Código,,Tipo de entrada,Nombre,,"),
    "in Thai": ("รหัส,ประเภทบัตร,ชื่อ,อีเมล", "รหัส,,ประเภทบัตร,ชื่อ,,อีเมล"),
    "in Arabic": ("الرمز,نوع التذكرة,الاسم", "الرمز,,نوع التذكرة,الاسم,,"),
    "French, names apart": ("Nom,Prénom,Code-barres", "Code-barres,,,Prénom,Nom,"),
    "French, one name": ("Nom,Code", "Code,,,Nom,,"),
    "Spanish, names apart": (
        "Nombre,Apellidos,Código de barras,Correo electrónico",
        "Código de barras,,,Nombre,Apellidos,Correo electrónico",
    ),
    "Italian, names apart": (
        "Cognome,Nome,Biglietto,Codice,Email",
        "Codice,,Biglietto,Nome,Cognome,Email",
    ),
    "as people head a list": (
        "Ticket-Nr.,Full Name,E-Mail Address,Type of ticket ,Table no.",
        "Ticket-Nr.,,Type of ticket ,Full Name,,E-Mail Address",
    ),
    "a ticket's number beside its barcode": ("Ticket no.,Barcode", "Barcode,,,,,"),
    "a first name alone": ("First name,Code", "Code,,,First name,,"),
    "a last name alone": ("Last name,Code", "Code,,,Last name,,"),
}


@pytest.mark.parametrize("name", LISTS)
def test_what_others_call_our_columns_is_guessed(name: str) -> None:
    """Code, tag, type, name, surname and address: the organizer has only to look."""
    columns, wanted = LISTS[name]
    found = guess_mapping(columns.split(","))
    guessed = (found.code, found.uid, found.type, found.name, found.surname, found.email)
    assert ",".join(guessed) == wanted


def read(
    cells: str, *, name: str = "", surname: str = "Last", email: str = ""
) -> StagedLine | WrongLine:
    """Read one line of a list with names in two columns."""
    mapping = Mapping(code="Code", name=name, surname=surname, email=email, ticket_type_id=FLOOR)
    columns = ["Code", "First", "Last", "Mail"]
    kinds = {FLOOR: TicketType(id=FLOOR, name="Floor", code=1)}
    reader = LineReader(EventId("ev_1"), columns, mapping, kinds)
    return reader.read(SheetRow(2, cells.split(",")))


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ("A-0001,Ada,Lovelace,", "Ada Lovelace"),
        ("A-0001, Ada , Lovelace ,", "Ada Lovelace"),
        ("A-0001,Ada,,", "Ada"),
        ("A-0001,,Lovelace,a@example.org", "Lovelace"),
        ("A-0001,,,", ""),
    ],
)
def test_a_name_in_two_columns_is_one_name(cells: str, name: str) -> None:
    """The holder is called by both; either may be missing."""
    found = read(cells, name="First", email="Mail")
    assert isinstance(found, StagedLine)
    assert found.name == name


def test_a_surname_alone_names_a_holder() -> None:
    """Some lists know no other."""
    found = read("A-0001,Ada,Lovelace,")
    assert isinstance(found, StagedLine)
    assert found.name == "Lovelace"


def test_two_columns_do_not_make_a_name_too_long() -> None:
    """What is too long together is a wrong line, named as the name's."""
    found = read(f"A-0001,{'a' * 150},{'b' * 150},", name="First")
    assert isinstance(found, WrongLine)
    assert found.field == "name"


@pytest.mark.parametrize("more", [",", ",,, ", ",\t,"])
def test_empty_cells_beyond_the_columns_make_no_line_wrong(more: str) -> None:
    """Spreadsheets keep a cell that is only coloured, and write a separator too many."""
    found = read(f"A-0001,Ada,Lovelace,{more}", name="First")
    assert isinstance(found, StagedLine)
    assert found.name == "Ada Lovelace"
    wrong = read(f"A-0001,Ada,Lovelace,{more},x", name="First")
    assert isinstance(wrong, WrongLine)
    assert wrong.field == "columns"


def test_a_name_that_no_database_can_keep_is_a_wrong_line() -> None:
    """One such line stopped the whole list on PostgreSQL, and never said so."""
    found = read("A-0001,A\0da,Lovelace,", name="First")
    assert isinstance(found, WrongLine)
    assert found.field == "name"


@pytest.mark.parametrize("code", ["4.53E+12", "4E+11", "2026-02-01T00:00:00"])
def test_a_number_that_a_spreadsheet_has_shortened_is_no_code(code: str) -> None:
    """It stands so in the CSV of a column of barcodes, or as a date that Excel made of `1-2`."""
    found = read(f"{code},Ada,Lovelace,")
    assert isinstance(found, WrongLine)
    assert (found.field, found.message) == ("code", IS_ROUNDED)
    assert isinstance(read("4E12,Ada,Lovelace,"), StagedLine)


@pytest.mark.parametrize("prefix", [BADGE_PREFIX, CASHIER_PREFIX])
def test_a_badge_of_staff_is_no_tickets_code(prefix: str) -> None:
    """No gate would ever let its holder in: it reads a badge."""
    found = read(f"{prefix}7K2M9Q4TH5WX3NP,Ada,Lovelace,")
    assert isinstance(found, WrongLine)
    assert (found.field, found.message) == ("code", IS_BADGE)
