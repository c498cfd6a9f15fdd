"""What a supervisor's search for a name shows of each ticket that it finds."""

from __future__ import annotations

from datetime import tzinfo

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.ticket_naming import name_ticket
from gatekeeper.supervisor.shown_to_supervisors import FoundHolder
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_time
from shared.admission.facts import GONE
from shared.kernel.instant import Instant


def holder_option(one: FoundHolder, now: Instant, zone: tzinfo | None) -> Option:
    """Return a found holder's button: who, and what `holder_facts` says."""
    is_void = one.state in GONE
    icon = "no" if is_void or one.state.startswith("pending") else ""
    facts = holder_facts(one, now, zone)
    return Option(one.ticket_id, one.name, facts, icon, is_enabled=not is_void)


def holder_facts(one: FoundHolder, now: Instant, zone: tzinfo | None) -> str:
    """Say which ticket a holder has, and whether they entered."""
    ticket = name_ticket(one.ticket_id, one.printed)
    parts = [TEXTS.isolate(one.ticket_type) if one.ticket_type else "", ticket]
    is_fine = False
    if one.state in GONE:
        parts.append(f"✕ {TEXTS.say('names.void')}")
    elif one.state.startswith("pending"):
        parts.append(f"✕ {TEXTS.say('names.unpaid')}")
    else:
        is_fine = True
    if one.entered_at is not None:
        time = spell_time(one.entered_at, now, zone, TEXTS)
        parts.append(f"● {TEXTS.say('names.entered', time=time, gate=one.gate)}")
    elif is_fine:
        parts.append(f"○ {TEXTS.say('names.not_here')}")
    return " · ".join(part for part in parts if part)
