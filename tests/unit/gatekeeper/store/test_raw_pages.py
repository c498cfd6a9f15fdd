"""Rows read off a database's pages without SQLite: the same as SQLite reads, of every length."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

from gatekeeper.store.raw_pages import PAGE_SIZE, entries_on, numbers_on
from shared.journal.entry import ENTRY_SIZE_MAX

LENGTHS = (0, 1, 63, 64, 127, 400, 3_900, 3_980, 3_985, 3_990, 3_991, 3_992, 3_995, 4_000, 4_095)


def test_every_row_of_a_journal_is_read_off_its_pages_and_no_other_table_s(tmp_path: Path) -> None:
    """Also those that go on in further pages."""
    path, chance = tmp_path / "some.db", random.Random(1)
    lengths = (*LENGTHS, ENTRY_SIZE_MAX, *(chance.randrange(300, 900) for _ in range(300)))
    rows = {
        seq: (chance.randbytes(length), chance.randbytes(64))
        for seq, length in enumerate(lengths, 120)
    }
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE other (a INTEGER PRIMARY KEY, b TEXT, c BLOB)")
        database.execute(
            "CREATE TABLE entry (seq INTEGER PRIMARY KEY, entry BLOB, signature BLOB)"
        )
        for seq, values in rows.items():
            database.execute("INSERT INTO other VALUES (?, ?, ?)", (seq, "text", values[1]))
            database.execute("INSERT INTO entry VALUES (?, ?, ?)", (seq, *values))
        database.commit()
    image = path.read_bytes()

    def page_at(number: int) -> bytes:
        return image[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]

    pages = [page_at(number) for number in range(1, len(image) // PAGE_SIZE + 1)]
    found = {
        seq: (signed.entry, signed.signature)
        for page in pages
        for seq, signed in entries_on(page, page_at)
    }
    assert found == rows
    assert sorted(seq for page in pages for seq in numbers_on(page)) == sorted(rows)


def test_no_page_however_spoilt_stops_the_reading() -> None:
    """Whatever stands there is a row, or none."""
    chance = random.Random(2)
    further = chance.randbytes(PAGE_SIZE)
    for _ in range(500):
        page = b"\x0d" + chance.randbytes(chance.choice((0, 3, 40, PAGE_SIZE - 1)))
        found = list(entries_on(page, lambda number: further if number % 2 else b""))
        assert {seq for seq, _ in found} <= set(numbers_on(page))
        assert all(signed.entry for _, signed in found)
