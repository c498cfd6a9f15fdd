"""I2: green means durable, and so does every other answer, sale and undo that was shown."""

from __future__ import annotations

from collections.abc import Iterator

from shared.journal.entry import ScanBody, UndoBody
from shared.journal.sale_body import SaleBody
from simulator.judging.evidence import Evidence


def check_durability(evidence: Evidence) -> Iterator[str]:
    """Yield each thing shown that no journal tells of."""
    found = {
        (device.node, held.entry.seq): held.body
        for device in evidence.devices
        for held in device.entries
    }
    for scan in evidence.history.scans:
        answer = scan.answer
        if answer is None or answer.is_repeat:
            continue
        body = found.get((scan.node, answer.seq))
        said = (answer.claim_id, answer.verdict, answer.reason)
        if not isinstance(body, ScanBody):
            yield f"scan {scan.number} at {scan.node}: showed {said}, no entry {answer.seq}"
        elif (body.claim_id, body.verdict, body.reason) != said:
            yield f"scan {scan.number} at {scan.node}: showed {said}, recorded {body}"
    for shown in evidence.history.sales:
        body = found.get((shown.node, shown.sale.seq))
        if not isinstance(body, SaleBody) or body.sale_id != shown.sale.sale_id:
            yield f"{shown.node}: receipt {shown.sale.receipt_number} was handed over, not kept"
    for undo in evidence.history.undos:
        body = found.get((undo.node, undo.seq))
        if not isinstance(body, UndoBody) or body.claim_id != undo.claim_id:
            yield f"{undo.node}: the undo of {undo.claim_id} was shown, not kept"
