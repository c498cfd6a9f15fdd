"""What the desk says of vouchers, and the file of their codes."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from gatekeeper.organizer.prepare.vouchers_client import Made, Voucher
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import write_stamp
from gatekeeper.wording.wall_clocks import VENUE_CLOCK
from shared.kernel.currencies import write_plain
from shared.kernel.money import Money
from shared.kernel.spreadsheet_cells import plain_cell

_FILED: Final = ("code", "value", "currency", "until", "note")


def spell_voucher(one: Voucher, now: datetime) -> tuple[str, str, str, str, str]:
    """Say a voucher: its note, what is left, how it stands, until when, and when it was made."""
    left, value = (spell_amount(part, one.currency) for part in (one.left_minor, one.value_minor))
    states = [TEXTS.say(f"vouchers.state.{one.standing(now)}")]
    if one.unbooked_minor:
        amount = spell_amount(one.unbooked_minor, one.currency)
        states.append(TEXTS.say("vouchers.unbooked", amount=amount))
    return (
        one.note or "–",
        TEXTS.say("vouchers.left", left=left, value=value),
        TEXTS.beside(*states),
        "–" if one.ends_at is None else VENUE_CLOCK.stamp(one.ends_at),
        VENUE_CLOCK.stamp(one.created_at),
    )


def spell_amount(minor: int, currency: str) -> str:
    """Say an amount of money."""
    return TEXTS.isolate(TEXTS.money(Money(minor, currency)))


def spell_withdrawing(vouchers: Sequence[Voucher]) -> str:
    """Ask before vouchers are withdrawn: how many, and what is lost with them."""
    left: Counter[str] = Counter()
    for one in vouchers:
        left[one.currency] += one.left_minor
    sums = TEXTS.list(spell_amount(minor, currency) for currency, minor in sorted(left.items()))
    return TEXTS.say("vouchers.withdraw.ask", count=len(vouchers), left=sums)


def spell_codes(made: Sequence[Made]) -> str:
    """Write new codes one to a line."""
    return "\n".join(one.code for one in made)


def write_codes(made: Sequence[Made]) -> bytes:
    """Write new codes as CSV, for whoever prints or mails them; times by the venue's clock."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow([TEXTS.say(f"vouchers.file.{one}") for one in _FILED])
    for one in made:
        voucher = one.voucher
        ends = "" if voucher.ends_at is None else write_stamp(VENUE_CLOCK.read(voucher.ends_at))
        value = write_plain(voucher.value_minor, voucher.currency)
        lines.writerow([one.code, value, voucher.currency, ends, plain_cell(voucher.note)])
    # Office programs take a file without the mark for one of another alphabet.
    return text.getvalue().encode("utf-8-sig")
