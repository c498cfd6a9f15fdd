"""What the desk says of codes for devices that nobody has used yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.organizer.before_doors.open_codes_client import OpenCode
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.role_state_and_age_words import spell_role
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK


def spell_open_code(
    code: OpenCode, site: EventSite, gates: Mapping[str, str]
) -> tuple[str, str, str, str]:
    """Say what a code makes, where, who made it, and until when it is good.

    Args:
        code: Of the organization.
        site: The event whose devices are looked at.
        gates: Names of its gates, by their ids.
    """
    if code.event_id not in {None, site.event_id}:
        where = TEXTS.say("codes.elsewhere")
    else:
        where = gates.get(code.gate_id or "", "")
    by = code.by or TEXTS.say("codes.nobody")
    return spell_role(code.role), where, by, VENUE_CLOCK.stamp(code.expires_at)
