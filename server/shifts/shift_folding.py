"""Folding a shift from a till's stored entries."""

from __future__ import annotations

from collections.abc import Iterable

from shared.journal.chain import decode_body, decode_entry
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import Malformed
from shared.sales.shift_totals import PAYOUTS, DrawerEntry, ShiftFold, fold_shift
from shared.sales.tenders import EXCHANGE


def read_fold(entries: Iterable[bytes]) -> ShiftFold | None:
    """Fold the shift that the first of some entries opened; None if it opened none.

    Args:
        entries: Their signed bytes, in order of `seq`; those that are no such entry are left out.
    """
    return fold_shift(_read(entries))


def read_money(encoded: bytes) -> tuple[str, int]:
    """Return the shift of a sale or a withdrawal, and what it brought, in minor units.

    What went back counts below nothing, and what tickets paid that were given in exchange not at
    all. Of what cannot be read, nothing.
    """
    try:
        body = decode_body(decode_entry(bytes(encoded)))
    except Malformed:
        return "", 0
    if isinstance(body, SaleBody):
        paid = [part.amount_minor for part in body.payments if part.kind != EXCHANGE]
        return body.shift_id, sum(paid) if body.payments else body.total_minor
    if isinstance(body, WithdrawalBody) and body.purpose in PAYOUTS:
        return body.shift_id, -body.paid_out_minor
    return "", 0


def _read(entries: Iterable[bytes]) -> Iterable[DrawerEntry]:
    for encoded in entries:
        try:
            entry = decode_entry(bytes(encoded))
            yield DrawerEntry(entry.seq, entry.event_id, decode_body(entry))
        except Malformed:
            continue  # stored and named as out of bounds: it counts nowhere
