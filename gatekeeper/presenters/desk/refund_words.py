"""What the desk says of an event's refund terms, and of what cash is rounded to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from gatekeeper.organizer.prepare.refund_rules import (
    Rule,
    RulesFlaw,
    TermsFor,
    TimeBeforeStart,
    ahead_of,
    back_of,
    in_order,
)
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_stamp
from gatekeeper.wording.wall_clocks import zone_named
from shared.kernel.money import Money
from shared.sales.cash_rounding import cash_step
from shared.sales.dividing_money import WHOLE

_SHOWN_BESIDE_MAX: Final = 6
"""As many terms as two people's fit on one page, one beside the other."""


def spell_terms(rules: Sequence[Rule], said_for: TermsFor) -> str:
    """Say what goes back until when, a line for each rule, and what that is of one ticket."""
    if not rules:
        return TEXTS.say("refunds.none")
    lines = list[str]()
    for rule in in_order(rules):
        when = _spell_end(rule, said_for, is_first=not lines)
        lines.append(_spell_line(when, rule, said_for))
    if all(rule["until"] is not None for rule in rules):
        lines.append(TEXTS.say("refunds.nothing", when=TEXTS.say("refunds.when.then")))
    return "\n".join(lines)


def spell_short(rules: Sequence[Rule], said_for: TermsFor) -> str:
    """Say terms in short lines, to stand beside another's in a narrow column."""
    if not rules:
        return TEXTS.say("refunds.short.none")
    lines = list[str]()
    bare = TermsFor(timezone=said_for.timezone, currency=said_for.currency, price_minor=0)
    for rule in in_order(rules)[:_SHOWN_BESIDE_MAX]:
        lines += [_spell_end(rule, bare, is_first=not lines), _spell_share(rule, bare)]
    return "\n".join(lines if len(rules) <= _SHOWN_BESIDE_MAX else [*lines, "…"])


def spell_flaw(flaw: RulesFlaw, row: int) -> str:
    """Say why rules cannot be meant, and at which row."""
    return TEXTS.say("desk.flaw.row", row=row, said=TEXTS.say(f"refunds.flaw.{flaw}"))


def spell_country(country: str | None, currency: str) -> str:
    """Say where tills stand, and what cash is rounded to there."""
    name = TEXTS.say("refunds.country.usual") if country is None else TEXTS.country(country)
    step = cash_step(country or "", currency)
    if step == 1:
        return TEXTS.say("refunds.country.exact", country=name)
    return TEXTS.say(
        "refunds.country.rounds", country=name, step=TEXTS.money(Money(step, currency))
    )


def _spell_end(rule: Rule, said_for: TermsFor, *, is_first: bool) -> str:
    if rule["until"] is None:
        return TEXTS.say("refunds.when.always" if is_first else "refunds.when.then")
    until = datetime.fromisoformat(rule["until"])
    time = spell_stamp(until.astimezone(zone_named(said_for.timezone)))
    ahead = ahead_of(said_for.start, until, said_for.timezone)
    if ahead is None:
        return TEXTS.say("refunds.when.until", time=time)
    return TEXTS.say("refunds.when.until_ahead", time=time, ahead=_spell_ahead(ahead))


def _spell_ahead(ahead: TimeBeforeStart) -> str:
    what = "doors" if ahead.is_doors else "start"
    if not ahead.days and not ahead.hours:
        return TEXTS.say(f"refunds.at.{what}")
    span = TEXTS.say("age.d", count=ahead.days) if ahead.days else ""
    span = span or TEXTS.say("age.h", count=ahead.hours)
    return TEXTS.say(f"refunds.before.{what}", span=span)


def _spell_line(when: str, rule: Rule, said_for: TermsFor) -> str:
    if not rule["percent_points"]:
        return TEXTS.say("refunds.nothing", when=when)
    return TEXTS.say(
        "refunds.line",
        when=when,
        share=_spell_share(rule, said_for),
        price=TEXTS.money(Money(said_for.price_minor, said_for.currency)),
        back=TEXTS.money(Money(back_of(rule, said_for.price_minor), said_for.currency)),
    )


def _spell_share(rule: Rule, said_for: TermsFor) -> str:
    points, fee = rule["percent_points"], Money(rule["fee_minor"], said_for.currency)
    if not points:
        return TEXTS.say("refunds.share.nothing")
    key = "all" if points == WHOLE else "part"
    return TEXTS.say(
        f"refunds.share.{key}{'_less' if fee.minor_units else ''}",
        percent=TEXTS.percent(points),
        fee=TEXTS.money(fee),
    )
