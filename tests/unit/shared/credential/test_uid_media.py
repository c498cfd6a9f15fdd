"""Pointers by UID: one spelling, and none that a code could say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.credential.uid_media import medium_code, parse_medium_uid
from shared.kernel.errors import BadInput


@pytest.mark.parametrize(
    "text",
    ["04:A1:B2:C3:D4:E5:F6", "04a1b2c3d4e5f6", "04-A1-b2 C3 D4-E5:F6", "04.A1_B2.C3.D4.E5.F6"],
)
def test_uids_are_read_as_suppliers_write_them(text: str) -> None:
    """With or without separators, in either case."""
    assert parse_medium_uid(text) == bytes.fromhex("04a1b2c3d4e5f6")


@pytest.mark.parametrize("text", ["", "04A1", "04A1B2C3D4E5F6A7", "04A1B2C3D4E5FG", "x" * 99])
def test_what_is_no_uid_is_refused(text: str) -> None:
    """Only 4, 7 and 10 bytes."""
    with pytest.raises(BadInput, match="UID"):
        parse_medium_uid(text)


@given(st.sampled_from([4, 7, 10]).flatmap(lambda n: st.binary(min_size=n, max_size=n)))
def test_a_medium_s_code_cannot_be_scanned(uid: bytes) -> None:
    """It holds a character that no scanned text may hold, and each UID has its own."""
    code = medium_code(uid)
    assert not code.isprintable()
    assert parse_medium_uid(code.partition(":")[2]) == uid
