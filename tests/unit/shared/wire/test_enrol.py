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


def test_former_id_is_sent_only_by_who_has_one() -> None:
    """A first request has no word of it, and both forms come back as they were."""
    request = EnrolRequest(
        code_id="0" * 64, public_key="0" * 64, proof="0" * 128, code_proof="0" * 128, name="North"
    )
    assert b"device_id" not in msgspec.json.encode(request)
    again = msgspec.structs.replace(request, device_id="dv_7k2m9q4t1x0c")
    assert msgspec.json.decode(msgspec.json.encode(again), type=EnrolRequest) == again
