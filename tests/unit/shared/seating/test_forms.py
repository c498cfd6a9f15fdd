"""Seat maps are read from CSV and SVG and written again; what is wrong is named with its line."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.errors import BadInput
from shared.kernel.id_types import SeatId
from shared.seating.csv_form import COLUMNS, OTHER_NAMES, read_csv, write_csv
from shared.seating.seat_map import (
    POSITION_MAX,
    SEATS_MAX,
    Seat,
    SeatKind,
    SeatMap,
    check_label,
    name_seat,
)
from shared.seating.svg_form import DEPTH_MAX, read_svg, write_svg
from shared.seating.svg_transforms import Matrix, read_transform
from tests.factories.seats import make_seat_map
from tests.factories.strength import sized

LETTERS = st.characters(categories=("L", "Nd"))
MARKS = st.characters(categories=("L", "N", "P", "S"))
LABELS = st.builds(str.__add__, LETTERS, st.text(MARKS, max_size=23)).filter(
    lambda label: not check_label(label)
)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,39}", fullmatch=True)
PLACES = st.integers(-POSITION_MAX, POSITION_MAX)
SEATS = st.builds(
    Seat,
    id=IDS.map(SeatId),
    section=LABELS,
    row=LABELS,
    number=LABELS,
    x=PLACES,
    y=PLACES,
    category=LABELS,
    kind=st.sampled_from(SeatKind),
)
MAPS = st.builds(
    lambda seats, focus: SeatMap(tuple(seats), *(focus or (None, None))),
    st.lists(SEATS, min_size=1, max_size=8, unique_by=(lambda one: one.id, name_seat)),
    st.none() | st.tuples(PLACES, PLACES),
)
HEAD = "section,row,seat,x,y\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


@given(MAPS)
@settings(max_examples=sized(20, 60))
def test_a_map_survives_both_forms(seat_map: SeatMap) -> None:
    """Order, labels in every script, positions to the hundredth, kinds, the focus."""
    assert read_csv(write_csv(seat_map)) == seat_map
    assert read_svg(write_svg(seat_map)) == seat_map


@given(st.text(max_size=200))
def test_garbage_is_refused_with_a_sentence(text: str) -> None:
    """Never with anything else than the error that a person is shown."""
    for read in (read_csv, read_svg):
        with pytest.raises(BadInput, match=r"(Line \d+|file|seat map)"):
            read(text)


@given(st.text("<>/\"'= svgcirldata-et0123.\n", max_size=80))
def test_garbage_within_a_drawing_is_refused_likewise(text: str) -> None:
    """Nothing of expat's own comes out."""
    with pytest.raises(BadInput):
        read_svg(SVG.format(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("section,row\nA,1\n", "Line 1: the column seat is missing"),
        ("section,row,seat,x\nA,1,1,4\n", "the column y is missing"),
        ("section,row,seat,colour\n", "the column 'colour' is unknown"),
        ("section,row,seat,seat\n", "are both the column seat"),
        (HEAD + "A,1,1,NaN,4\n", "Line 2: x 'NaN' and y '4' must be plain numbers"),
        (HEAD + "A,1,1,inf,4\n", "must be plain numbers"),
        (HEAD + "A,1,1,1e99,4\n", "the position lies beyond 100000"),
        (HEAD + "A,1,1,1,1\nA,1,1,2,2\n", "Line 3: A · 1 · 1 stands in Line 2 already"),
        ("section,row,seat,id\nA,1,1,x\nA,1,2,x\n", "Line 3: the id x has another seat in Line 2"),
        ("section,row,seat,id\nA,1,1,a b\n", "the id 'a b' must be"),
        ("section,row,seat\nA,,1\n", "the row '' is empty"),
        ("section,row,seat\n=SUM(A1),1,1\n", "must begin with a letter or digit"),
        ("section,row,seat\n" + "A" * 25 + ",1,1\n", "more than 24 characters"),
        ("section,row,seat,kind\nA,1,1,sofa\n", "the kind 'sofa' is unknown"),
        ("section,row,seat\nA,1,1,,9\n", "more cells than there are columns"),
        ('section,row,seat\n"A,1,1\n', "the cells cannot be told apart"),
        ("#focus,1\n" + HEAD, "write #focus,X,Y"),
        ("", "The file is empty"),
        (HEAD, "no seat in it"),
    ],
)
def test_a_wrong_table_says_where_and_what_to_do(text: str, said: str) -> None:
    """The line, and the cell."""
    with pytest.raises(BadInput) as refused:
        read_csv(text)
    assert said in str(refused.value)


def test_many_faults_are_told_at_once_up_to_five() -> None:
    """Whoever mends a table mends more than one line before trying again."""
    with pytest.raises(BadInput, match=r"Line 2.*Line 6.*And 4 more") as refused:
        read_csv(HEAD + "A,1,1,x,y\n" * 9)
    assert len(str(refused.value)) < 1_000


def test_a_spreadsheet_of_another_country_is_read() -> None:
    """Semicolons, a byte order mark, blank lines, other names of columns, and no positions."""
    text = "\ufeffSection;Row;Number;Attributes;GUID\r\n\r\nParkett;1;1;accessible;p-1\r\n"
    (seat,) = read_csv(text).seats
    assert (seat.kind, seat.id, name_seat(seat)) == (
        SeatKind.ACCESSIBLE,
        "p-1",
        "Parkett · 1 · 1",
    )


@pytest.mark.parametrize(
    "head",
    [
        "Block;Reihe;Platz;x;y;Kategorie",
        "Bereich;Reihe;Sitzplatz;X;Y;Kategorie",
        "Secteur;Rangée;Siège;x;y;Catégorie",
        "Sección;Fila;Asiento;x;y;Categoría",
        "Settore;Fila;Posto;x;y;Categoria",
        "القسم;الصف;المقعد;x;y;الفئة",
        "โซน;แถว;ที่นั่ง;x;y;ประเภท",
    ],
)
def test_columns_and_numbers_are_read_as_the_hall_writes_them(head: str) -> None:
    """A German hall's table, or a Thai one's, is taken as its spreadsheet has saved it."""
    table = f"#focus;100;-12,5\n{head}\nParkett;1;7;12,5;-3;gold\n"
    seat_map = read_csv(table)
    (seat,) = seat_map.seats
    assert (name_seat(seat), seat.x, seat.y) == ("Parkett · 1 · 7", 1_250, -300)
    assert (seat.category, seat_map.focus_y) == ("gold", -1_250)


@pytest.mark.parametrize("line", ["#focus,1.5,-2.5", "#focus;1,5;-2,5", "#FOCUS\t1.5\t-2.5"])
@pytest.mark.parametrize("head", ["section;row;seat;x;y", "section,row,seat,x,y"])
def test_the_focus_is_heard_however_its_line_is_parted(line: str, head: str) -> None:
    """As our own words spell it, above a table that a spreadsheet has saved; else it is a note."""
    part = head[len("section")]
    table = f"#focused on the stage\n{line}\n{head}\n{part.join(('A', '1', '1', '2', '3'))}\n"
    seat_map = read_csv(table)
    assert (seat_map.focus_x, seat_map.focus_y) == (150, -250)


@pytest.mark.parametrize("line", ["A;1;2;1.234;5", "A;1;2;1.234,5;5"])
def test_a_mark_for_thousands_is_no_decimal_mark(line: str) -> None:
    """A seat a thousand times nearer than it is would stand among others."""
    with pytest.raises(BadInput, match=r"Line 3: x '1\.234.*one decimal mark"):
        read_csv(f"section;row;seat;x;y\nA;1;1;12,5;5\n{line}\n")


def test_headings_are_known_in_either_form_of_their_accents() -> None:
    """As macOS writes them: a letter, and its accent behind it."""
    head = normalize("NFD", "Sección;Fila;Asiento")
    assert head != "Sección;Fila;Asiento"
    assert read_csv(f"{head}\nPlatea;1;7\n").seats[0].section == "Platea"


def test_each_name_of_a_column_stands_for_one() -> None:
    """No word of one language is another column's in another language."""
    every = [one for names in OTHER_NAMES.values() for one in names]
    assert len({*every, *COLUMNS}) == len(every) + len(COLUMNS)
    assert all(one == one.casefold() for one in every)


def test_the_specification_lists_each_name_of_a_column() -> None:
    """Who reads such tables by another program takes the same ones."""
    spec = (Path(__file__).resolve().parents[4] / "docs" / "specs" / "seating.md").read_text()
    for column, names in OTHER_NAMES.items():
        assert f"| `{column}` | {', '.join(f'`{one}`' for one in names)} |" in spec


def test_too_many_seats_are_refused_before_they_are_kept() -> None:
    """A million lines end at the first that is too many."""
    text = "section,row,seat\n" + "".join(f"A,{n // 1000},{n}\n" for n in range(SEATS_MAX + 1))
    with pytest.raises(BadInput, match=f"at most {SEATS_MAX} seats"):
        read_csv(text)
    with pytest.raises(BadInput, match="more than 16000000 characters"):
        read_csv("x" * 16_000_001)


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<svg xmlns="http://www.w3.org/2000/svg"><g data-section="&b;"/></svg>"""
FILES = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'
OTHERS = '<!DOCTYPE svg SYSTEM "http://127.0.0.1:9/x.dtd"><svg/>'


@pytest.mark.parametrize("text", [BOMB, FILES, OTHERS])
def test_no_document_type_is_read(text: str) -> None:
    """Neither bombs of entities nor files of the machine nor of others."""
    with pytest.raises(BadInput, match=r"Line 1: the drawing has a document type"):
        read_svg(text)


ROW = '<g data-section="A" data-row="1">{}</g>'


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ('<circle data-seat="1"/>', "is in no section"),
        ('<g data-section="A"><circle data-seat="1"/></g>', "is in no row"),
        (ROW.format('<path d="M0 0" data-seat="1"/>'), "<path>: this shape cannot be a seat"),
        (ROW.format('<circle cx="NaN" cy="1" data-seat="1"/>'), "cx='NaN'"),
        (ROW.format('<circle cx="1e30" cy="1" data-seat="1"/>'), "must be plain numbers"),
        (ROW.format('<circle cx="50%" cy="1" data-seat="1"/>'), "cx='50%'"),
        (ROW.format('<circle data-kind="sofa" data-seat="1"/>'), "data-kind 'sofa' is unknown"),
        (ROW.format('<circle transform="fly(1)" data-seat="1"/>'), "its transform cannot be read"),
        (ROW.format('<circle data-seat="1"/>' * 2), "stands in Line 1, <circle> already"),
        ("<g>" * (DEPTH_MAX + 1), "within each other"),
        ("<rect/>", "no seat in it"),
    ],
)
def test_a_wrong_drawing_says_which_element(inside: str, said: str) -> None:
    """With its line."""
    with pytest.raises(BadInput) as refused:
        read_svg(SVG.format(inside))
    assert said in str(refused.value)


def test_a_drawing_of_a_drawing_program_is_read() -> None:
    """Groups by label, shapes of three kinds, each moved by what is around it."""
    text = """<?xml version="1.0" encoding="latin-1"?>
    <svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="i" viewBox="0 0 9 9">
     <text>Stage</text><rect data-focus="1" x="90" y="0" width="20" height="10"/>
     <g inkscape:label="section: Balkon" transform="translate(10, 20)">
      <g id="row_12" transform="scale(2)" data-category="gold">
       <circle cx="1.5" cy="2px" r="1" data-seat="1"/>
       <rect x="2" y="1" width="2" height="2" data-seat="2" data-kind="companion"/>
       <g transform="rotate(90 4 4)"><ellipse cx="6" cy="4" data-seat="3" data-id="z"/></g>
      </g></g></svg>"""
    drawn = read_svg(text)
    assert (drawn.focus_x, drawn.focus_y) == (10_000, 500)
    assert [(one.x, one.y, one.number) for one in drawn.seats] == [
        (1_300, 2_400, "1"),
        (1_600, 2_400, "2"),
        (1_800, 3_200, "3"),
    ]
    assert {(one.section, one.row, one.category) for one in drawn.seats} == {
        ("Balkon", "12", "gold")
    }
    assert drawn.seats[1].kind is SeatKind.COMPANION
    assert drawn.seats[2].id == "z"


def test_transforms_are_those_of_the_specification() -> None:
    """In order, the last one first upon the shape."""
    moved = read_transform("translate(10 5), scale(2)")
    assert moved is not None
    assert moved.move(1, 1) == (12, 7)
    skewed = read_transform("skewX(45) skewY(0) matrix(1 0 0 1 3 0)")
    assert skewed is not None
    assert skewed.move(0, 2) == pytest.approx((5, 2))
    assert read_transform("") == Matrix()
    for wrong in ("scale", "scale(a)", "rotate(1,2)", "matrix(1)", "translate(1e400)", ")("):
        assert read_transform(wrong) is None


def test_a_nested_giant_scale_ends_at_a_bound() -> None:
    """No infinity, and no number that is none."""
    inside = '<g transform="scale(1000000000)">' * 30 + ROW.format(
        '<circle cx="1" cy="1" data-seat="1"/>'
    )
    with pytest.raises(BadInput, match="lies beyond"):
        read_svg(SVG.format(inside + "</g>" * 30))


def test_ids_made_of_labels_are_readable_and_their_own() -> None:
    """Of Hebrew and Thai labels too."""
    seat_map = read_csv("section,row,seat\nParkett,12,3\nפרקט,א,1\nפרקט,ב,1\n")
    ids = [seat.id for seat in seat_map.seats]
    assert ids[0] == "Parkett-12-3"
    assert len(set(ids)) == 3


def test_the_factory_makes_a_map() -> None:
    """As the forms take it."""
    assert read_csv(write_csv(make_seat_map())) == make_seat_map()
