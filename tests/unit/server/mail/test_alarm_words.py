"""An alarm's mail says what the desk says of the alarm: whoever reads both meets one word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.alarms.judging import AlarmKind
from server.language_texts import read_texts
from server.mail.mail_texts import MAIL_TEXTS

_WORDS = Path(__file__).parents[4] / "gatekeeper" / "wording"


@pytest.mark.parametrize("language", sorted(read_texts(MAIL_TEXTS)))
def test_a_mail_and_the_desk_call_an_alarm_and_what_to_do_alike(language: str) -> None:
    """In German a gate was a `Tor` there, and is an `Eingang` everywhere else."""
    mails = read_texts(MAIL_TEXTS)[language]
    desk = json.loads((_WORDS / f"{language}.json").read_text("utf-8"))
    for kind in AlarmKind:
        assert mails[f"alarm_{kind}"] == desk[f"alarm.{kind}"]
        assert mails[f"alarm_{kind}_advice"] == desk[f"alarm.{kind}.advice"]
