"""Whether a home could give an entry away in the name of the device that it names. Pure.

What is given over the venue's network spends a ticket at another gate, whose own journal may come
hours later. It counts where that gate's word is shown: it has asked this home for just that, and
has read the ticket's code or shown a supervisor's badge, as for a passage of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server.ledger.uses import GIFT, UseRecord
from server.plans.event_book import EventBook
from server.reconciliation.passage_rights import Doubt, Judged, Rights, beyond, judge
from shared.journal.entry import GiveBody
from shared.journal.home_asks import is_asked, passage_of
from shared.kernel.id_types import DeviceId
from shared.manifest.event_config import SupervisorConfig
from shared.manifest.tickets import TicketRow


def judge_gift(
    book: EventBook,
    rights: Rights,
    home: DeviceId,
    use: UseRecord,
    body: GiveBody,
    row: TicketRow | None,
    supervisors: Sequence[SupervisorConfig],
    inside: int,
) -> Judged | None:
    """Say whether what a home gave counts as a use.

    Args:
        book: The event's.
        rights: What the home's entries are judged by.
        home: Whose entry it is.
        use: What was given, as the ledger would record it.
        body: As the entry says it.
        row: The ticket's, if there is one yet.
        supervisors: Of its moment.
        inside: As `judge`.

    Returns:
        None where nobody can tell yet: the code is known with the ticket's sale.
    """
    if rights.is_accepted or book.has_asked(home, body):
        return Judged(is_by_badge=True)
    asker = rights.askers.get(use.device_id)
    if asker is None or not is_asked(asker.public_key, book.event_id, home, body):
        return Judged(Doubt.UNSEEN)
    by_asker = msgspec.structs.replace(rights, places=asker.places)
    judged = judge(book, by_asker, use, passage_of(body), row, supervisors, inside)
    return None if judged.seen is not None and judged.seen.is_unexplained else judged


def judge_confirmed(
    rights: Rights, known: UseRecord, row: TicketRow | None, inside: int
) -> Judged:
    """Say how many more than its ticket is for come in on what a home has given.

    A gift takes a place only when its asker's journal tells that somebody has come, and only then
    is it counted: two devices of one mind give and ask for one ticket without end.

    Args:
        rights: What the asker's entries are judged by.
        known: The use that its entry confirms; what the ledger has granted is as it is.
        row: The ticket's, as well as it is known.
        inside: As `judge`.
    """
    if rights.is_accepted or known.source != GIFT:
        return Judged(is_by_badge=True)
    persons = 1 if row is None else row.facts.persons
    at_once = beyond(known, persons, 0)  # they were counted when it was given
    return Judged(is_by_badge=True, beyond=beyond(known, persons, inside) - at_once)
