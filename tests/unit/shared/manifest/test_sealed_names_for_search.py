"""Names: folded for search, sealed for supervisors, opened piece by piece."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.errors import BadSignature
from shared.kernel.id_types import EventId, OrganizationId, TicketId
from shared.kernel.list_search_folding import fold_text
from shared.manifest.name_book import NameBook
from shared.manifest.name_folding import fold_name
from shared.manifest.name_spellings import spellings_of
from shared.manifest.sealed_names_for_search import (
    CHUNK_ROWS,
    NameRow,
    SealedNames,
    badge_public_key,
    badge_seed,
    open_key,
    rows_of,
    seal_names,
)
from tests.factories.strength import sized
from tests.fakes.entropy import SeededEntropy

EVENT = EventId("ev_test")
JO = ("sv_jo", badge_seed("GKB1-ABCDE-FGHJK-MNPQR", OrganizationId("og_test")))


def seal(names: list[tuple[int, str]]) -> SealedNames:
    supervisors = [(JO[0], badge_public_key(JO[1]))]
    return seal_names(names, event_id=EVENT, supervisors=supervisors, entropy=SeededEntropy("n"))


def book(sealed: SealedNames, opened: list[int] | None = None) -> NameBook:
    key = open_key(sealed.seals, *JO)
    assert key is not None

    def read(ref: object) -> bytes:
        if opened is not None:
            opened.append(ref.prefix)  # type: ignore[attr-defined] # a ChunkRef
        return sealed.chunks[ref.sha256]  # type: ignore[attr-defined] # a ChunkRef

    return NameBook(sealed.refs, read, EVENT, key)


NAMES = [
    (1, "Anna Müller"),
    (2, "Ben MÜLLER-Lüdenscheidt"),
    (3, "Søren Kierkegaard"),
    (4, "José María Núñez"),
    (5, "Straße, Łukasz"),
    (6, "محمد علي"),
    (7, "สมชาย ใจดี"),
    (8, "พิมพ์ชนก"),
    (9, "فاطمة أحمد الليثى"),
    (10, "Zoë O'Brien"),
    (11, "A. Mueller"),
    (12, "Per Aasen"),
    (13, "Émile d’Arc"),
]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("mull", {1, 2}),
        ("MÜL", {1, 2, 11}),
        ("mul an", {1}),
        ("an mul", {1}),
        ("muell", {1, 2, 11}),
        ("mueller an", {1}),
        ("a mueller", {1, 11}),
        ("u\u0308ller", set()),
        ("mu\u0308ller", {1, 2, 11}),
        ("mue", {11}),
        ("soeren", {3}),
        ("åsen", {12}),
        ("OBRIEN", {10}),
        ("zoe obri", {10}),
        ("o'brien", {10}),
        ("darc", {13}),
        ("soren", {3}),
        ("nunez jose", {4}),
        ("strasse", {5}),
        ("lukasz", {5}),
        ("lud", {2}),
        ("محمد", {6}),
        ("สมชาย", {7}),
        ("ใจด", {7}),
        ("พมพช", {8}),
        ("พิมพ์ช", {8}),
        ("فاطمه احمد", {9}),
        ("الليثي", {9}),
        ("zz", set()),
        ("", set()),
        ("  -- ", set()),
        ("ulle", set()),
    ],
)
def test_any_word_is_found_by_how_it_begins(asked: str, found: set[int]) -> None:
    """Accents, case, hyphens and order do not matter."""
    assert {row.ticket_id for row in book(seal(NAMES)).search(asked, 20)} == found


@given(st.text(max_size=40))
def test_a_word_is_looked_for_as_it_was_typed_first(text: str) -> None:
    """Whatever is typed: other spellings come beside the folded word, never in its place."""
    assert [word[0] for word in spellings_of(text)] == fold_name(text).split()
    assert [word[0] for word in spellings_of(text, fold_text)] == fold_text(text).split()


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    """What was folded is what is asked for."""
    folded = fold_name(text)
    assert fold_name(folded) == folded
    assert folded == folded.strip()


@settings(max_examples=sized(25, 60))
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=30), st.data())
def test_every_name_is_found_by_its_own_words(names: list[str], data: st.DataObject) -> None:
    """Whatever the names are, each is found by the beginning of one of its first words."""
    sealed = seal(list(enumerate(names)))
    opened = book(sealed)
    for ticket_id, name in enumerate(names):
        rows = rows_of(TicketId(ticket_id), name)
        if rows:
            word = data.draw(st.sampled_from(rows)).key.split()[0]
            found = opened.search(word, limit=1_000)
            assert any(row.ticket_id == ticket_id for row in found)


@settings(max_examples=sized(25, 60))
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=30))
def test_rows_are_sealed_in_order_and_none_is_missing(names: list[str]) -> None:
    """What is folded word by word and sorted in parts is as if it were done at once."""
    sealed = seal(list(enumerate(names)))
    opened = book(sealed)
    form = msgspec.msgpack.Decoder(list[NameRow])
    numbers = range(1, len(sealed.refs))
    rows = [row for number in numbers for row in opened._pieces.open(number, form)]
    want = [
        row for ticket_id, name in enumerate(names) for row in rows_of(TicketId(ticket_id), name)
    ]
    assert rows == sorted(want, key=msgspec.structs.astuple)


def test_a_search_opens_the_index_and_a_few_pieces() -> None:
    """What is looked for decides what is opened, not how many names there are."""
    names = [(n, f"Holder{n:06d} Family{n % 977:03d}") for n in range(3 * CHUNK_ROWS)]
    sealed = seal(names)
    opened: list[int] = []
    found = book(sealed, opened).search("holder004321", 20)
    assert [row.ticket_id for row in found] == [4321]
    assert len(sealed.refs) > 6
    assert len(opened) <= 4


def test_only_a_badge_that_it_is_sealed_for_opens_it() -> None:
    """Another badge, another person's seal, and a hash of the badge open nothing."""
    sealed = seal(NAMES)
    other = badge_seed("GKB1-ZZZZZ-ZZZZZ-ZZZZZ", OrganizationId("og_test"))
    assert open_key(sealed.seals, JO[0], other) is None
    assert open_key(sealed.seals, "sv_other", JO[1]) is None
    with pytest.raises(BadSignature):
        NameBook(sealed.refs, lambda ref: sealed.chunks[ref.sha256], EVENT, bytes(32))


def test_no_name_can_be_read_without_the_key() -> None:
    """Neither a name nor its folded form stands in what is published."""
    sealed = seal(NAMES)
    everything = b"".join(sealed.chunks.values())
    for _, name in NAMES:
        assert name.encode() not in everything
        assert fold_name(name).encode() not in everything


def test_a_piece_that_was_altered_or_moved_does_not_open() -> None:
    """Pieces are bound to their place and their event."""
    sealed = seal([(n, f"Holder{n:06d}") for n in range(2 * CHUNK_ROWS)])
    key = open_key(sealed.seals, *JO)
    assert key is not None
    swapped = (sealed.refs[0], sealed.refs[2], sealed.refs[1])
    moved = NameBook(swapped, lambda ref: sealed.chunks[ref.sha256], EVENT, key)
    with pytest.raises(BadSignature):
        moved.search("holder000001", 20)
    with pytest.raises(BadSignature):
        NameBook(sealed.refs, lambda ref: sealed.chunks[ref.sha256], EventId("ev_other"), key)
