"""What a receipt says of why something costs less: the promotion's name, as organizers have it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.printing.documents import decode_document
from shared.manifest.price_plan import PricePlan, PricePromotion, TypePrices
from shared.sales.promotion_code import hash_promotion_code
from shared.sales.receipt import Receipt
from shared.sales.till_basket import Discount
from tests.factories.gate_event import EVENT, STANDARD
from tests.factories.till_house import STANDARD_MINOR, basket, cash
from tests.unit.gatekeeper.boxoffice.test_papers_from_journal import Counter

CODE = "lantern 2026"
WEEK = PricePromotion(
    id="pr_0123456789abcdefghij",
    name="Lantern week",
    kind="percent",
    percent_points=1_000,
    code_hash=hash_promotion_code(EVENT, CODE),
)


@pytest.mark.parametrize("code", ["", CODE])
async def test_a_receipt_names_its_promotion_and_no_word_of_the_tills_own(
    tmp_path: Path, code: str
) -> None:
    """Guests read a promotion's id there, and the till's English word for a discount by hand."""
    counter = Counter(tmp_path)
    server = counter.issuer.paired.link.server
    config = server.office.config
    (kind,) = [one for one in config.ticket_types if one.code == STANDARD]
    prices = TypePrices(
        code=STANDARD, ticket_type_id=kind.id, price_minor=STANDARD_MINOR, currency="EUR"
    )
    plan = PricePlan(types=(prices,), promotions=(WEEK,))
    server.office.config = msgspec.structs.replace(
        config, prices=plan, sequence=config.sequence + 1
    )
    server.publish()
    session = await counter.open()
    off = Discount(percent_points=1_000, promo="discount")
    request = basket((STANDARD, 1), tenders=(cash(),))
    request = msgspec.structs.replace(request, discount=off, promo=code)
    sale = (await session.till.sell(request)).sold()
    jobs = await counter.papers(session).print_sale(sale.seq)
    receipt = decode_document(jobs[-1].document)
    assert isinstance(receipt, Receipt)
    (line,) = receipt.lines
    assert line.discount_minor > 0
    assert line.note == (WEEK.name if code else "")
    await session.close()
