"""Of each voucher what its sales say is gone, never more than it is worth, and no charge twice.

The judge adds up: what tills' journals say was paid by vouchers, and was given back on them, what
open sales hold, and what the office has taken off. Whose voucher a guest had, the world knows, and
how each stood when the office withdrew it: from then on no sale is paid by it, and nothing of a
sale goes back onto it, because nobody could spend that. What a till gave back there all the same,
the office still owes, and says so; none gives it that asks when it was withdrawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from shared.journal.entry import ReleaseBody
from shared.journal.withdrawal_body import WithdrawalBody
from simulator.boxoffice.books import OfficeEvidence
from simulator.boxoffice.paid_in_parts import parts_of
from simulator.boxoffice.vouchers import judge_withdrawn
from simulator.judging.evidence import Evidence

VOUCHER: Final = "voucher"


def check_vouchers(evidence: Evidence) -> Iterator[str]:
    """Yield each voucher of which more or less is gone than was paid with it."""
    office = evidence.till_office
    if office is None or not office.record.vouchers:
        return
    gone: Counter[str] = Counter()
    yield from _paid(evidence, office, gone)
    yield from judge_withdrawn(office.record, office.books.spent, office.books.charges)
    yield from _not_put_back(evidence, office)
    held, is_unknown = _held(office)
    back = _given_back(evidence) - sum(one.amount for one in office.books.not_put_back)
    worth = {one.id: one.value for one in office.record.vouchers}
    for voucher_id, spent in office.books.spent.items():
        if not 0 <= spent <= worth[voucher_id]:
            yield f"{spent} are off a voucher of {worth[voucher_id]}"
        if spent > gone[voucher_id] + held:
            yield f"{spent} are off a voucher, and only {gone[voucher_id]} were paid with it"
    spent, paid = sum(office.books.spent.values()), sum(gone.values())
    if spent != paid + held - back and not is_unknown:
        yield f"{spent} are off all vouchers; {paid} were paid, {held} wait, {back} went back"


def _paid(evidence: Evidence, office: OfficeEvidence, gone: Counter[str]) -> Iterator[str]:
    """Add up what sales say; each names a charge of its own till and amount, for itself alone."""
    codes = {one.id: one.code for one in office.record.vouchers}
    currencies = {one.id: one.currency for one in office.record.vouchers}
    named: dict[str, str] = {}
    for node, _, sale in evidence.sales:
        name = f"{node} receipt {sale.receipt_number}"
        asked = office.record.paid_by.get(sale.sale_id)
        for part in sale.payments:
            if part.kind != VOUCHER or not part.amount_minor:
                continue
            reference = _charge_id(part.reference)
            charge = office.books.charges.get(reference)
            if charge is None:
                yield f"{name}: {part.amount_minor} by a voucher that was charged nothing"
                continue
            gone[charge.voucher_id] += part.amount_minor
            said = (office.record.device_ids[node], "paid", part.amount_minor)
            if (charge.device_id, charge.state, charge.amount) != said:
                yield f"{name}: {part.amount_minor} by a voucher, and the office has {charge}"
            if reference in named:
                yield f"{name}: the charge of {named[reference]} paid again"
            named[reference] = name
            if currencies[charge.voucher_id] != office.record.currency:
                yield f"{name}: a voucher of other money was charged"
            if asked is not None and codes[charge.voucher_id] not in asked:
                yield f"{name}: another voucher was charged than was shown"
    waiting = {
        _charge_id(part.payment.reference)
        for sales in office.open_sales.values()
        for sale in sales
        for part in sale.parts
    }
    for charge_id, charge in office.books.charges.items():
        if charge.state == "paid" and charge_id not in named and charge_id not in waiting:
            yield f"{charge.amount} are off a voucher, and no sale says so"


def _held(office: OfficeEvidence) -> tuple[int, bool]:
    """Return what open sales hold of vouchers, and whether of some nobody knows."""
    parts = [
        part
        for sales in office.open_sales.values()
        for sale in sales
        for part in sale.parts
        if part.payment.kind == VOUCHER
    ]
    held = sum(one.payment.amount_minor for one in parts if one.state == "paid")
    return held, any(one.state == "unknown" for one in parts)


def _given_back(evidence: Evidence) -> int:
    total = 0
    for device in evidence.devices:
        released = {
            one.body.claim_id for one in device.entries if isinstance(one.body, ReleaseBody)
        }
        for held in device.entries:
            body = held.body
            if isinstance(body, WithdrawalBody) and body.claim_id not in released:
                total += sum(amount for kind, amount in parts_of(body) if kind == VOUCHER)
    return total


def _not_put_back(evidence: Evidence, office: OfficeEvidence) -> Iterator[str]:
    """Yield what was given back on a voucher, and is not there, without need or unsaid."""
    entries = {
        held.body.claim_id: (device.node, held.entry.seq)
        for device in evidence.devices
        for held in device.entries
        if isinstance(held.body, WithdrawalBody)
    }
    asked = {(one.node, one.seq): one for one in office.record.taken}
    named = {
        one.subject.rpartition("/")[2]
        for one in evidence.ledger.conflicts
        if one.kind == "payout_mismatch"
    }
    over = office.record.withdrawn
    for one in office.books.not_put_back:
        what = f"{one.amount} that {entries[one.claim_id]} gave back on a voucher"
        if one.claim_id not in named:
            yield f"{what} are not there, and nobody is told"
        charge = office.books.charges.get(one.charge_id)
        since = [o.ended for o in over.values() if charge is None or o.id == charge.voucher_id]
        if not since:
            yield f"{what} are not there, and it was not withdrawn"
            continue
        taken = asked.get(entries[one.claim_id])
        if taken is not None and taken.mode == "online" and taken.began > max(since):
            yield f"{what} were granted when it had been withdrawn"


def _charge_id(reference: str) -> str:
    """Return the charge's own id: behind it stands by what the ledger knows it again."""
    return reference.partition(".")[0]
