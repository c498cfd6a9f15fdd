"""Answer bodies of shifts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.http.body_and_answer_types import Answer
from shared.kernel.id_types import DeviceId, EventId


class ShiftAnswer(Answer):
    """A shift of a till's drawer; amounts in minor units of its currency.

    Attributes:
        shift_id: The till's own.
        event_id: Which event the till served at the opening, or empty.
        state: `open` or `closed`.
        cashier: Id of whose drawer it is, or was at the close.
        z_number: Of the Z report; 0 while it is open.
        counted_minor: Cash at the close.
        expected_minor: What its entries say that it had to be.
        difference_minor: What was over; negative for what was short.
        left_minor: What stayed in the drawer; the rest went to the safe.
        terminal_minor: What the card terminal's end of day said, or null.
        closed_by: Id of the supervisor who closed it on behalf or allowed it, or empty.
        why: A code word, or empty.
        entry_hash: SHA-256 of the entry that closed it, in hex: what the printout names.
        is_doubted: The till's Z report says something else than its entries; see the conflict.
        approved_by: Id of the supervisor who looked at the report, or empty.
    """

    device_id: DeviceId
    shift_id: str
    event_id: EventId
    state: str
    currency: str
    cashier: str
    opened_at: datetime
    float_minor: int
    closed_at: datetime | None
    z_number: int
    counted_minor: int
    expected_minor: int
    difference_minor: int
    left_minor: int
    terminal_minor: int | None
    closed_by: str
    why: str
    entry_hash: str
    is_doubted: bool
    approved_by: str


class FigureAnswer(Answer):
    """One figure of a report.

    Attributes:
        figure: Its name.
        of: A tender, a rate of tax in basis points, event and type, or a sale; else empty.
        count: How many, or null.
        amount_minor: How much, or null.
    """

    figure: str
    of: str
    count: int | None
    amount_minor: int | None


class CountingAnswer(Answer):
    """The drawer was counted: at the close, at a hand-over, or in between.

    Attributes:
        act: `count`, `hand_over` or `close`.
        cashier: Id of whose drawer it was.
    """

    act: str
    cashier: str
    counted_minor: int
    expected_minor: int
    difference_minor: int


class ShiftReport(Answer):
    """A shift with its figures, folded from its entries as the till folds them.

    Attributes:
        figures: In one order; those of the Z report once it is closed, till then as of now. Each
            `open_sale` was not finished at the close: its card may be charged, and nothing sold.
            The last, `without_effect`, where there is any: sales and payouts that a revoked till
            has sent and nobody has accepted, or that were dismissed. Their cash has moved, so they
            are in all figures before; in orders, and in the event's report, they are not.
        countings: In their order; none of them is ever changed.
        first_seq: The till's first entry that is counted.
        last_seq: The last.
        entry_count: How many are.
    """

    shift: ShiftAnswer
    figures: Sequence[FigureAnswer]
    countings: Sequence[CountingAnswer]
    first_seq: int
    last_seq: int
    entry_count: int
