"""What the desk says of supervisors, stewards and cashiers, and of what each may do alone."""

from __future__ import annotations

from typing import Any

from gatekeeper.organizer.merging_edits import flatten
from gatekeeper.organizer.organization.staff_client import AMOUNT, PERCENT, YES_RIGHTS, Staff
from gatekeeper.presenters.desk.plan_words import ClashWords
from gatekeeper.presenters.desk.role_state_and_age_words import spell_role
from gatekeeper.wording.texts import TEXTS
from shared.kernel.money import Money


def spell_staff(staff: Staff) -> str:
    """Say somebody in the list."""
    odd = "" if staff.has_badge else TEXTS.say("staff.no_badge")
    return TEXTS.beside(staff.name, spell_role(staff.role), odd)


def spell_may(staff: Staff, currency: str) -> str:
    """Say in one sentence what somebody may do."""
    if not staff.is_cashier:
        return TEXTS.say(f"staff.may.{staff.role}")
    rights = flatten(staff.fields)
    may = [
        TEXTS.say(f"staff.right.{one}.short") for one in YES_RIGHTS if rights.get(f"rights.{one}")
    ]
    for name in (PERCENT, AMOUNT):
        if amount := rights.get(f"rights.{name}"):
            value = spell_right(name, amount, currency)
            may.append(TEXTS.say(f"staff.right.{name}.short", value=value))
    if not may:
        return TEXTS.say("staff.may.nothing")
    return TEXTS.say("staff.may.cashier", rights=TEXTS.list(may))


def spell_right(name: str, value: Any, currency: str) -> str:
    """Say what a right holds."""
    if name == AMOUNT:
        amount = TEXTS.money(Money(value or 0, currency))
        return amount if value else TEXTS.say("staff.none")
    if name == PERCENT:
        return TEXTS.percent(int(value) * 100) if value else TEXTS.say("staff.none")
    return TEXTS.say("desk.plan.yes" if value else "desk.plan.no")


def words_of_staff(currency: str) -> ClashWords:
    """Return how the fields of somebody are said."""

    def name(path: str) -> str:
        group, _, right = path.rpartition(".")
        if not group:
            return TEXTS.say("desk.people.name")
        return TEXTS.say(f"staff.right.{right}", currency=currency)

    def value(path: str, said: Any) -> str:
        group, _, right = path.rpartition(".")
        return spell_right(right, said, currency) if group else str(said)

    return ClashWords(name, value)
