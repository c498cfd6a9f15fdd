"""What a till's ticket says of when it lets its holder in."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.printing.documents import TicketPaper, decode_document
from shared.kernel.id_types import OccurrenceId
from shared.kernel.instant import DAY, Instant
from tests.unit.gatekeeper.boxoffice.test_papers_from_journal import Counter, sell


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


async def test_a_ticket_for_any_date_names_none_that_was_called_off(counter: Counter) -> None:
    """It says when the one that is left begins."""
    server = counter.issuer.paired.link.server
    office = server.office
    (first,) = office.config.occurrences
    off = msgspec.structs.replace(first, id=OccurrenceId("oc_off"), is_cancelled=True)
    starts_at = Instant(first.starts_at + DAY)
    later = msgspec.structs.replace(first, starts_at=starts_at, ends_at=None)
    office.config = msgspec.structs.replace(office.config, occurrences=(off, later))
    server.publish()
    session = await counter.open()
    sale = await sell(session)
    job, *_ = await counter.papers(session).print_sale(sale.seq)
    ticket = decode_document(job.document)
    assert isinstance(ticket, TicketPaper)
    assert ticket.starts_at == starts_at
    await session.close()


async def test_a_ticket_for_any_of_several_dates_names_no_single_one(counter: Counter) -> None:
    """On the second night it named the first one, and whoever read it sent its holder away."""
    server = counter.issuer.paired.link.server
    office = server.office
    (first,) = office.config.occurrences
    second = msgspec.structs.replace(
        first, id=OccurrenceId("oc_second"), starts_at=Instant(first.starts_at + DAY), ends_at=None
    )
    office.config = msgspec.structs.replace(office.config, occurrences=(first, second))
    server.publish()
    session = await counter.open()
    sale = await sell(session)
    job, *_ = await counter.papers(session).print_sale(sale.seq)
    ticket = decode_document(job.document)
    assert isinstance(ticket, TicketPaper)
    assert ticket.starts_at is None
    await session.close()


async def test_a_tills_ticket_says_from_when_until_when_it_lets_in(counter: Counter) -> None:
    """Its buyer was told nothing of it, and refused at the door."""
    server = counter.issuer.paired.link.server
    config = server.office.config
    (date,) = config.occurrences
    first, last = Instant(date.starts_at - DAY), Instant(date.starts_at + DAY)
    kinds = [
        msgspec.structs.replace(one, valid_from=first, valid_until=last)
        for one in config.ticket_types
    ]
    server.office.config = msgspec.structs.replace(config, ticket_types=tuple(kinds))
    server.publish()
    session = await counter.open()
    sale = await sell(session)
    job, *_ = await counter.papers(session).print_sale(sale.seq)
    ticket = decode_document(job.document)
    assert isinstance(ticket, TicketPaper)
    assert (ticket.valid_from, ticket.valid_until) == (first, last)
    await session.close()
