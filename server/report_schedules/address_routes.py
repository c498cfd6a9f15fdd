"""`/api/v1/…/report-addresses`: who has no account here, and reads reports all the same."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.db.unit import Unit, Units
from server.http.body_and_answer_types import answer_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Listing
from server.http.retrying import look_again
from server.report_schedules import recipient_addresses
from server.report_schedules.recipient_addresses import ReportAddress
from server.report_schedules.routes import READ, WRITE
from server.report_schedules.schedules_and_runs import read_answering
from server.report_schedules.schemas import AddressAnswer, AddressCode, NewAddress

ALL: Final = "/organizations/{organization_id:str}/report-addresses"
ONE: Final = ALL + "/{address_id:str}"


@get(ALL, tags=["reports"], guards=[READ])
async def list_addresses(
    listing: NamedDependency[Listing], units: NamedDependency[Units]
) -> list[AddressAnswer]:
    """List the addresses of nobody's account, confirmed or not."""
    async with units.read() as unit:
        people = await read_answering(unit)
        found = [
            _answer(one, is_answered_for=one.created_by in people)
            for one in await recipient_addresses.list_addresses(unit)
        ]
    return listing.arrange(found, AddressAnswer)


@post(ALL, tags=["reports"], guards=[WRITE])
async def add_address(
    data: JSONBody[NewAddress], has_mail: NamedDependency[bool], units: NamedDependency[Units]
) -> AddressAnswer:
    """Have a code mailed to an address; the same again has another one mailed."""
    async with units.write() as unit:
        row = await recipient_addresses.add_address(
            unit,
            data.email,
            language=data.language,
            has_mail=has_mail,
            actor=units.actor,
        )
        return _answer(row)


@post(ONE + "/confirmation", status_code=200, tags=["reports"], guards=[WRITE])
@look_again
async def confirm_address(
    data: JSONBody[AddressCode], units: NamedDependency[Units], address_id: FromPath[str]
) -> AddressAnswer:
    """Say the code that was mailed there: from then on reports may be mailed to it."""
    async with units.write() as unit:
        row, is_right = await recipient_addresses.confirm_address(unit, address_id, data.code)
        answer = _answer(row)
    if not is_right:
        raise recipient_addresses.wrong_code()
    return answer


@delete(ONE, status_code=204, tags=["reports"], guards=[WRITE])
@look_again
async def remove_address(
    expected: NamedDependency[Expected], units: NamedDependency[Units], address_id: FromPath[str]
) -> None:
    """Mail nothing more to an address."""
    async with units.write() as unit:
        await expected.check(unit, address_id, _locked, address_id)
        await recipient_addresses.remove_address(unit, address_id)


async def _locked(unit: Unit, address_id: str) -> AddressAnswer:
    return _answer(await recipient_addresses.lock_address(unit, address_id))


def _answer(row: ReportAddress, *, is_answered_for: bool = True) -> AddressAnswer:
    answer = answer_of(AddressAnswer, row)
    return answer if is_answered_for else msgspec.structs.replace(answer, confirmed_at=None)
