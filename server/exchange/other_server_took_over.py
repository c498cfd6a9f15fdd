"""Another machine took over: it says so by a word of the authority that both hold.

From then on this ledger grants nothing, people change nothing here, and no job is done: the other
machine has them all, and sends the same mails. To each of its organizations it is one that has
been further than it is: the same mark by which a device shows that it was put back, and the same
way out, a higher epoch that an operator opens. Devices that still ask here fetch the word and go
on there.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy import select

from server.db.ledger_state import SUCCESSOR, LedgerAlarm, read_ledger
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.durable_files import write_durably
from server.http.body_sizes import STRANGER_BODY_SIZE_MAX
from server.http.logs import log
from server.organizations.organizations_and_numbers import Organization
from server.problem_answers import Problem, not_found
from server.settings import ADDRESS_FILE, Settings
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId, EventId
from shared.wire.signed_server_address import AddressNotice, AddressWord, open_address

PLAIN = "text/plain; charset=us-ascii"


@get("/address", tags=["sync"], security=[{}], media_type=PLAIN)
async def fetch_address(settings: NamedDependency[Settings]) -> Response[str]:
    """Fetch where the server is now, signed by its own authority; who asks checks that."""
    text = await asyncio.to_thread(_read, settings.data_folder / ADDRESS_FILE)
    if not text:
        raise not_found("signed address: this server has no authority of its own")
    return Response(text, media_type=PLAIN)


@post(
    "/address",
    status_code=204,
    tags=["sync"],
    security=[{}],
    request_max_body_size=STRANGER_BODY_SIZE_MAX,
)
async def take_address(
    data: JSONBody[AddressNotice],
    context: NamedDependency[Context],
    settings: NamedDependency[Settings],
) -> None:
    """Hear that another machine took over; from then on nothing is granted here."""
    try:
        word = open_address(data.word, settings.authority_pem or "")
    except BadInput as error:
        raise Problem("forbidden", f"This message is not from this server: {error}.") from error
    if await _close(context, word):
        file = settings.data_folder / ADDRESS_FILE
        await asyncio.to_thread(write_durably, file, data.word.strip().encode())
        log().error("ledger.taken_over", epoch=word.epoch, url=word.urls[0])


async def _close(context: Context, word: AddressWord) -> bool:
    """Close the ledger for all; tells whether the word is of a higher epoch than this one."""
    now = context.clock.wall()
    async with context.database.write(org=SYSTEM, is_audited=False) as session:
        state = await read_ledger(session)
        if word.epoch <= state.epoch:
            return False
        for organization_id in (await session.execute(select(Organization.id))).scalars():
            await session.merge(
                LedgerAlarm(
                    epoch=state.epoch,
                    device_id=DeviceId(f"{SUCCESSOR} {organization_id}"),
                    organization_id=organization_id,
                    event_id=EventId(""),
                    seen_epoch=word.epoch,
                    seen_seq=0,
                    noted_at=now,
                )
            )
    return True


def _read(file: Path) -> str:
    try:
        return file.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return ""
