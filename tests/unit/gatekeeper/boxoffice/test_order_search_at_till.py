"""What a till finds among its buyers, as it is typed."""

from __future__ import annotations

from gatekeeper.boxoffice.order_search_at_till import BuyerBook
from shared.kernel.id_types import TicketId
from shared.manifest.sealed_buyer_list import BoughtTicket, BuyerRow


def row_of(number: int, **said: str) -> BuyerRow:
    ticket = BoughtTicket(TicketId(number), 1, 2_500)
    return BuyerRow(number=str(number), state="paid", currency="EUR", tickets=(ticket,), **said)


def test_search_finds_by_words_number_phone_and_mail() -> None:
    """Accents, case and order do not matter; a short number is an order's, not a phone's."""
    book = BuyerBook(
        [
            row_of(7, name="Zoë van der Meer", phone="+31 20 555 0007", email="Zoe@Example.org"),
            row_of(12, name="Meera Zoellner", phone="(020) 1234"),
            row_of(1_234),
            row_of(2_000, name="Jürgen Müller"),
        ]
    )

    def found(text: str, limit: int = 20) -> list[str]:
        return [row.number for row in book.search(text, limit)]

    assert found("meer zoe") == ["7", "12"]
    assert found("der MEER") == ["7"]
    assert found("zoe@ex") == ["7"]
    assert found("mueller juergen") == ["2000"]
    assert found("550007") == ["7"]
    assert found("7") == ["7"]
    assert found("#12") == ["12"]
    assert found("1234") == ["1234", "12"], "the order first, then the phone"
    assert found("meer zoe", 1) == ["7"]
    assert found("  ") == found("%") == found("'; --") == []
    ticket = book.of_ticket(TicketId(12))
    assert ticket is not None
    assert ticket.number == "12"
