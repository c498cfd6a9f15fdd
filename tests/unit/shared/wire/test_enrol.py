"""The enrolment line that a device scans or that a person pastes, and what it sends then."""

from __future__ import annotations

import msgspec
import pytest

from shared.kernel.errors import Malformed
from shared.wire.enrol import EnrolmentText, EnrolRequest, fingerprint, parse_enrolment_text

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


def test_a_first_request_is_what_older_servers_know() -> None:
    """They refuse fields that they do not know: the former id is sent only by who has one."""
    request = EnrolRequest("7K2M-9Q4T", "0" * 64, "0" * 128, "North")
    assert b"device_id" not in msgspec.json.encode(request)
    again = msgspec.structs.replace(request, device_id="dv_7k2m9q4t1x0c")
    assert msgspec.json.decode(msgspec.json.encode(again), type=EnrolRequest) == again
