"""What the desk says of messages to all buyers: of dates that are moved, or off."""

from __future__ import annotations

from gatekeeper.organizer.before_doors.notices_client import Notice, Unreached
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK


def spell_telling(*, has_mail: bool) -> str:
    """Say what ticking it has done for all buyers; without a mail server they are listed."""
    return TEXTS.say("moving.tells" if has_mail else "moving.lists")


def spell_notice(notice: Notice) -> str:
    """Say how far a message to all buyers is."""
    key = "cancelled" if notice.kind == "cancelled" else "moved"
    at = TEXTS.isolate(VENUE_CLOCK.stamp(notice.created_at))
    if not notice.has_mail and not notice.is_under_way:
        return TEXTS.say("notice.nobody", time=at, missed=notice.missed)
    said = TEXTS.say(f"notice.{key}", time=at)
    counts = {"sent": notice.sent, "waiting": notice.waiting, "missed": notice.missed}
    said = f"{said} {TEXTS.say('notice.counts', **counts)}"
    return f"{said} {TEXTS.say('notice.stopped')}" if notice.is_stopped else said


def spell_unreached(one: Unreached) -> tuple[str, str, str]:
    """Say whose order it is, how else to reach them, and why they were not reached."""
    who = one.buyer_name or TEXTS.say("orders.nobody")
    phone = (one.buyer_phone or "").replace(" ", "\N{NO-BREAK SPACE}")
    reach = TEXTS.beside(one.buyer_email, phone)
    name = TEXTS.beside(TEXTS.say("orders.name", number=one.number), who)
    return name, reach, TEXTS.say(f"notice.{one.outcome}")
