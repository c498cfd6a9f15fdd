"""A server that another machine took over from: people change nothing here, and it sends nothing.

The other machine has the same orders, jobs and schedules. What was sold, paid back or mailed here
besides would be in no books, or go out twice.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from server.db.ledger_state import open_epoch
from server.db.tenancy import SYSTEM
from server.jobs.enqueuing import enqueue
from server.jobs.job_outcomes import Done, Outcome
from server.jobs.runner import JobRunner, LeasedJob
from server.serving.own_tls import FOLDER, keep_own_tls
from server.serving.signed_address import keep_address
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import OrganizationId
from tests.factories.enrolling import enrol_by_code
from tests.factories.office import Office, Person, open_office, test_settings
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy

pytestmark = pytest.mark.either_database

EPOCH = 9


class Sender:
    """What does jobs of a kind, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    async def do(self, job: LeasedJob) -> Outcome:
        """Do one."""
        del job
        self.count += 1
        return Done("sent")


@pytest.fixture
async def former(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Office, str]]:
    """Give a server with an authority of its own, and the word of who took over."""
    now, folder = ManualClock().wall(), tmp_path / "former"
    folder.mkdir()
    pem = keep_own_tls(folder, now, SeededEntropy(1)).authority_pem
    shutil.copytree(folder / FOLDER, tmp_path / "second" / FOLDER)
    word = keep_address(tmp_path / "second", ["https://192.0.2.7:8000"], EPOCH, now)
    settings = test_settings(database_url, folder, authority_pem=pem)
    async with open_office(settings) as opened:
        yield opened, word


async def ask(office: Office, owner: Person, method: str) -> httpx.Response:
    """Ask for the events, or for one more."""
    event = {"name": "Late", "timezone": "UTC", "currency": "EUR"} if method == "POST" else None
    return await office.call(method, f"{owner.path}/events", owner, json=event)


async def test_it_changes_and_sends_nothing_until_an_operator_opens_a_higher_epoch(
    former: tuple[Office, str],
) -> None:
    """Reading goes on; who comes in by password still does."""
    office, word = former
    owner, sender = await office.person(), Sender()
    runner = JobRunner(office.context, {"probe": sender})
    assert (await ask(office, owner, "POST")).status_code == httpx.codes.CREATED

    told = await office.client.post("/sync/v1/address", json={"word": word})
    assert told.status_code == httpx.codes.NO_CONTENT
    async with office.context.write(OrganizationId(owner.organization_id)) as unit:
        await enqueue(unit, "probe", {}, key="one")
    refused = await ask(office, owner, "POST")
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert refused.json()["type"].endswith("ledger-closed")
    assert "has taken over" in refused.json()["detail"]
    assert len((await ask(office, owner, "GET")).json()["items"]) == 1
    assert await runner.work() == sender.count == 0

    async with office.database.write(org=SYSTEM) as session:
        now = office.clock.wall()
        await open_epoch(session, at_least=EPOCH, reason="x", now=now, admits_claims=True)
    assert (await ask(office, owner, "POST")).status_code == httpx.codes.CREATED
    assert await runner.work() == sender.count == 1


async def test_a_code_for_a_device_is_good_for_nothing_there_and_is_not_used_up(
    former: tuple[Office, str],
) -> None:
    """The other machine would not know the device, and turn it away when it is led there.

    A window says then to ask there for a code, and not that this one was copied by halves.
    """
    office, word = former
    owner, client, key = await office.person(), office.client, SigningKey(bytes(range(32)))
    body = {"role": "till", "event_id": None, "gate_id": None}
    event = (await ask(office, owner, "POST")).json()
    body["event_id"] = event["id"]
    code = (await office.ok("POST", f"{owner.path}/devices/codes", owner, json=body))["code"]
    await client.post("/sync/v1/address", json={"word": word})

    refused = await enrol_by_code(client, code, key)
    assert refused.status_code == httpx.codes.GONE
    assert "has taken over" in refused.json()["detail"]

    async with office.database.write(org=SYSTEM) as session:
        now = office.clock.wall()
        await open_epoch(session, at_least=EPOCH, reason="x", now=now, admits_claims=True)
    assert (await enrol_by_code(client, code, key)).status_code == httpx.codes.CREATED
