"""One address, and nothing that ends it or begins another."""

from __future__ import annotations

import pytest

from server.http.body_and_answer_types import Email
from server.http.json_body import find_errors
from shared.kernel.email_address import is_email

ONES = ("ada@example.org", "a@b", "jörg.o'neil+desk@bücher.example")
NONE = (
    ["", "ada", "ada@", "@example.org", "ada at example.org", " ada@example.org", "a@b@c"]
    + ["ada@example.org\n", "ada@example.org, b@c", "Ada <ada@example.org>", "a@" + "b" * 253]
)  # fmt: skip


@pytest.mark.parametrize("text", [*ONES, *NONE])
def test_the_desk_and_the_server_take_the_same_addresses(text: str) -> None:
    """What a form lets pass is not refused a few seconds later."""
    assert is_email(text) is (text in ONES)
    assert (not list(find_errors(text, Email, "email"))) is is_email(text)
