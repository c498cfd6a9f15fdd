"""Whatever time somebody has said: what spells it does not fail."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from server.mail.mail_texts import Wording
from server.paper_lists.paper_list_texts import ListWording
from shared.admission.local_time import local_datetime
from shared.kernel.instant import Instant, parse_instant


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_moment_are_spelled_in_each_zone(moment: str, zone: str) -> None:
    """In mails, on a gate's list of paper, on a gate's screen."""
    at, venue = parse_instant(moment), ZoneInfo(zone)
    for language in ("en", "th", "ar"):
        assert Wording(language).moment(at, venue)
        assert ListWording(language).moment(at, venue)
    assert local_datetime(at, venue).tzinfo is venue
    assert local_datetime(Instant(2**62), None).year == 9999
