"""Chunks of a manifest."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Malformed
from shared.manifest.chunk_columns import (
    CHUNK_ROWS_MAX,
    CLASS_SIZE,
    ID_SIZE,
    decode_columns,
    encode_columns,
    pack_numbers,
)

ROWS = st.lists(
    st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1)), max_size=60, unique=True
)


@given(ROWS)
def test_columns_return_the_rows_that_went_in(rows: list[tuple[int, int]]) -> None:
    """Every table of ids and classes survives its chunk."""
    ids = pack_numbers([row[0] for row in rows], ID_SIZE)
    classes = pack_numbers([row[1] for row in rows], CLASS_SIZE)
    chunk = encode_columns((ids, ID_SIZE), (classes, CLASS_SIZE))
    assert decode_columns(chunk, ID_SIZE, CLASS_SIZE) == [ids, classes]


@given(st.binary(max_size=200))
def test_columns_refuse_any_other_bytes(garbage: bytes) -> None:
    """Garbage is malformed, never another error."""
    with pytest.raises(Malformed):
        decode_columns(garbage, ID_SIZE, CLASS_SIZE)


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_columns_refuse_a_truncated_chunk(cut: int) -> None:
    """A chunk cut off anywhere is malformed."""
    ids = pack_numbers(range(50), ID_SIZE)
    chunk = encode_columns((ids, ID_SIZE), (bytes(50 * CLASS_SIZE), CLASS_SIZE))
    with pytest.raises(Malformed):
        decode_columns(chunk[:-cut], ID_SIZE, CLASS_SIZE)


def test_columns_refuse_bytes_after_the_chunk() -> None:
    """Nothing may hide behind a chunk."""
    chunk = encode_columns((bytes(8), ID_SIZE), (bytes(4), CLASS_SIZE))
    with pytest.raises(Malformed):
        decode_columns(chunk + b"x", ID_SIZE, CLASS_SIZE)


def test_columns_refuse_a_chunk_that_expands_without_end() -> None:
    """A small chunk that would fill the memory is refused at the bound."""
    bomb = zlib.compress((CHUNK_ROWS_MAX * 2).to_bytes(4, "big") + bytes(64 * 1024 * 1024))
    with pytest.raises(Malformed):
        decode_columns(bomb, ID_SIZE, CLASS_SIZE)
