"""How far a message to all buyers is, in words."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from gatekeeper.organizer.before_doors.notices_client import Notice
from gatekeeper.presenters.desk.notice_words import spell_notice

NOW = datetime(2026, 7, 4, 18, tzinfo=UTC)


def test_a_message_that_has_stopped_says_so_and_is_not_waited_for() -> None:
    """Else its figures would read as if everybody had been told."""
    notice = Notice(
        id="no_1", kind="moved", created_at=NOW, ended_at=None, waiting=0, sent=3,
        no_address=0, no_server=0, refused=0, doubtful=0,
    )  # fmt: skip
    stopped = msgspec.structs.replace(notice, is_stopped=True)
    assert notice.is_under_way
    assert not stopped.is_under_way
    assert "stopped before everyone" in spell_notice(stopped)
    assert "stopped" not in spell_notice(notice)


def test_without_a_mail_server_nobody_is_said_to_be_told() -> None:
    """It read that buyers are told since then, above the list of whom to tell by telephone."""
    notice = Notice(
        id="no_1", kind="cancelled", created_at=NOW, ended_at=NOW, waiting=0, sent=0,
        no_address=1, no_server=3, refused=0, doubtful=0, has_mail=False,
    )  # fmt: skip
    said = spell_notice(notice)
    assert "nobody was emailed" in said
    assert said.endswith("tell: 4.")
    assert "have been told" not in said
    assert "have been told" in spell_notice(msgspec.structs.replace(notice, has_mail=True))
