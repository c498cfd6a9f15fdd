"""The enrolment line that a device scans or that a person pastes."""

from __future__ import annotations

import pytest

from shared.kernel.errors import Malformed
from shared.wire.enrol import EnrolmentText, fingerprint, parse_enrolment_text

PRINT = fingerprint(b"k" * 32)


@pytest.mark.parametrize("authority", [None, fingerprint(b"a")])
def test_line_comes_back_as_it_was_shown(authority: str | None) -> None:
    """Address, code and fingerprints survive the line."""
    text = EnrolmentText("https://box.example:8443", "gki_1234567890", PRINT, authority)
    assert parse_enrolment_text(f" {text.format()}\n") == text


@pytest.mark.parametrize(
    "line",
    [
        "",
        "K7Q-29M",
        f"GKE2 http://h code {PRINT} -",
        f"GKE1 http://h code {PRINT}",
        f"GKE1 http://h code {PRINT[:-1]} -",
        f"GKE1 http://h code {PRINT.upper()} -",
        f"GKE1 http://h code {PRINT} nonsense",
    ],
)
def test_any_other_line_is_refused(line: str) -> None:
    """A damaged line is never half-believed."""
    with pytest.raises(Malformed):
        parse_enrolment_text(line)
