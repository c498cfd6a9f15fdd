"""Times as people read them: by the venue's clock, wherever the machine is, in any night."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gatekeeper.organizer.during.conflicts_client import Conflict, ConflictSide
from gatekeeper.presenters.desk.conflict_words import spell_side
from gatekeeper.wording.texts import Texts
from gatekeeper.wording.times import (
    respell_stamp,
    spell_clock,
    spell_moment,
    spell_stamp,
    spell_time,
    write_stamp,
)
from server.mail.mail_texts import Wording as MailWording
from server.paper_lists.paper_list_texts import ListWording
from shared.admission.local_time import spell_twice
from shared.kernel.instant import HOUR, Instant, instant_from_datetime

BERLIN, LOS_ANGELES = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Los_Angeles")
LANGUAGES = ("en", "de", "fr", "es", "th", "ar")
FIRST = instant_from_datetime(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
"""02:30 in summer time, an hour before it is 02:30 again."""
SECOND_TIME = Instant(FIRST + HOUR)
EN = Texts("en")


def test_of_a_time_that_comes_twice_it_is_said_which_one() -> None:
    """At gates, on tickets and receipts, in mails and lists; any other time stays short."""
    for texts in map(Texts, LANGUAGES):
        first, second = (spell_time(at, FIRST, BERLIN, texts) for at in (FIRST, SECOND_TIME))
        assert first == "02:30 (UTC+02:00)"
        assert second == "02:30 (UTC+01:00)"
        moments = [spell_moment(at, BERLIN, texts) for at in (FIRST, SECOND_TIME)]
        assert "UTC+02:00" in moments[0]
        assert "UTC+01:00" in moments[1]
        assert "UTC" not in spell_moment(Instant(FIRST + 5 * HOUR), BERLIN, texts)
    for language in LANGUAGES:
        mails = [MailWording(language).moment(at, BERLIN) for at in (FIRST, SECOND_TIME)]
        assert mails[0] != mails[1]
        assert "UTC" not in MailWording(language).moment(Instant(FIRST - 5 * HOUR), BERLIN)
        lists = [ListWording(language).moment(at, BERLIN) for at in (FIRST, SECOND_TIME)]
        assert "UTC+02:00" in lists[0]
        assert "UTC+01:00" in lists[1]
    assert spell_clock(FIRST, BERLIN) == "02:30:00 (UTC+02:00)"
    assert spell_clock(FIRST, ZoneInfo("UTC")) == "00:30:00"


def test_the_night_in_which_clocks_go_forward_has_no_such_times() -> None:
    """An hour is missing, and nothing has to be said."""
    for minutes in range(0, 240, 10):
        at = datetime(2027, 3, 28, 0, 0, tzinfo=UTC).timestamp() + 60 * minutes
        local = datetime.fromtimestamp(at, BERLIN)
        assert spell_twice(local) == ""
        assert f"{local:%H}" != "02"


def test_a_night_goes_on_over_midnight_and_says_so() -> None:
    """What was yesterday has its date, by the venue's day and not by UTC's."""
    before = instant_from_datetime(datetime(2026, 7, 4, 21, 50, tzinfo=UTC))
    after = Instant(before + HOUR)
    assert spell_time(before, before, BERLIN, EN) == "23:50"
    assert spell_time(after, after, BERLIN, EN) == "00:50"
    assert "23:50" in spell_time(before, after, BERLIN, EN)
    assert spell_time(before, after, BERLIN, EN) != "23:50"
    assert spell_time(before, after, LOS_ANGELES, EN) == "14:50"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_29th_of_february_is_a_day_in_every_language(language: str) -> None:
    """In the year that people there count."""
    at = instant_from_datetime(datetime(2028, 2, 29, 18, 30, tzinfo=UTC))
    year = "2571" if language == "th" else "2028"
    for said in (
        spell_moment(at, BERLIN, Texts(language)),
        MailWording(language).moment(at, BERLIN),
        ListWording(language).moment(at, BERLIN),
    ):
        assert "29" in said
        assert year in said
        assert "19:30" in said


def about(kind: str, ticket: str) -> Conflict:
    return Conflict(
        id="cf_1", kind=kind, ticket=ticket, detail="", is_ordered=True, disposition="",
        opened_at=datetime(2026, 7, 4, 19, tzinfo=BERLIN),
        updated_at=datetime(2026, 7, 4, 19, tzinfo=BERLIN),
    )  # fmt: skip


USED_TWICE = about("double_use", "9f2a")


def test_a_conflicts_side_was_when_the_venues_clock_showed_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The laptop may be in another zone."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    at = datetime(2026, 10, 25, 1, 30, tzinfo=UTC).astimezone(BERLIN)
    side = ConflictSide(gate="North", device="n-1", at=at, error_s=0.2, count=1, is_signed=True)
    assert "2026-10-25 02:30:00 (UTC+01:00)" in spell_side(USED_TWICE, side)
    assert spell_stamp(at.astimezone(LOS_ANGELES)) == "2026-10-24 18:30"


def test_a_conflict_about_a_device_names_no_persons() -> None:
    """One about a ticket does, and one about a zone that holds too many."""
    side = ConflictSide(
        gate="North", device="n-1", at=datetime(2026, 7, 4, 19, tzinfo=BERLIN), error_s=None,
        count=1, is_signed=True,
    )  # fmt: skip
    said = {
        (kind, ticket): "people: 1" in spell_side(about(kind, ticket), side)
        for kind, ticket in (("false_peer", ""), ("double_use", "9f2a"), ("over_capacity", ""))
    }
    assert list(said.values()) == [False, True, True]
    assert "signed by the device" in spell_side(about("false_peer", ""), side)


def test_a_side_that_was_keyed_in_from_paper_is_told_as_a_persons_word() -> None:
    """Between which times, and who says so: no device has seen that ticket then."""
    first, last = (datetime(2026, 7, 4, 19, minute, tzinfo=BERLIN) for minute in (0, 45))
    side = ConflictSide(
        gate="North",
        device="n-1",
        at=first,
        error_s=1350.0,
        count=2,
        is_signed=True,
        on_paper=(first, last),
        person="Sam Okafor",
    )
    said = spell_side(USED_TWICE, side)
    assert "2026-07-04 19:00 – 2026-07-04 19:45" in said
    assert "typed in from a paper list" in said
    assert "Sam Okafor" in said
    assert "1,350" not in said


def test_a_side_of_a_till_tells_who_was_there_and_who_allowed_it() -> None:
    """A conflict about money is about persons: nobody has to read a journal for them."""
    side = ConflictSide(
        gate="Door", device="till-1", at=datetime(2026, 7, 4, 19, tzinfo=BERLIN), error_s=0.2,
        count=1, is_signed=True, cashier="Mara Lind", person="Sam Okafor",
    )  # fmt: skip
    said = spell_side(about("payout_mismatch", "9f2a"), side)
    assert "Cashier Mara Lind" in said
    assert "on the word of Sam Okafor" in said


def test_the_office_reads_days_as_its_language_writes_them() -> None:
    """In English no two readers make two days of one; what programs read stays as it was."""
    moment = datetime(2026, 7, 4, 19, 0, 5, tzinfo=BERLIN)
    said = {one: spell_stamp(moment, texts=Texts(one)) for one in LANGUAGES}
    assert said == {
        "en": "2026-07-04 19:00",
        "de": "04.07.2026 19:00",
        "fr": "4 juil. 2026 19:00",
        "es": "4 jul 2026 19:00",
        "th": "4 ก.ค. 2569 19:00",
        "ar": "4 يوليو 2026 19:00",
    }
    assert spell_stamp(moment, has_seconds=True, texts=Texts("de")) == "04.07.2026 19:00:05"
    assert write_stamp(moment) == "2026-07-04 19:00"
    twice = "2026-10-25 02:30 (UTC+02:00)"
    assert respell_stamp(twice, Texts("de")) == "25.10.2026 02:30 (UTC+02:00)"
    assert respell_stamp("2026-07-04", Texts("fr")) == "4 juil. 2026"
    for kept in ("", "Hall", "2026-13-01 10:00"):
        assert respell_stamp(kept, Texts("de")) == kept
