"""Webhooks of people who are managers no more: what goes to them waits for whoever is one."""

from __future__ import annotations

import pytest

from tests.adversaries.test_staff_without_the_right import become
from tests.factories.office import Office
from tests.fakes.webhook_receiver import Receiver
from tests.integration.server.webhooks.test_webhooks import add, office, receiver, tell, work

__all__ = ["office", "receiver"]


@pytest.mark.either_database
@pytest.mark.parametrize("role", ["staff", None])
async def test_who_is_no_manager_any_more_hears_nothing_more_at_an_address_of_theirs(
    office: Office, receiver: Receiver, role: str | None
) -> None:
    """One that they made, one that they led elsewhere, one of their key: held, until a manager
    answers for it; those of others go on."""
    owner = await office.person()
    leaver = await office.person("owner", organization_id=owner.organization_id)
    made, others = [await add(office, one, receiver) for one in (leaver, owner)]
    said = {"name": "Left behind", "scopes": ["webhooks:write"]}
    key = (await office.ok("POST", f"{owner.path}/api-keys", leaver, json=said))["key"]
    body = {"name": "By key", "url": f"http://127.0.0.1:{receiver.port}/key"}
    headers = {"authorization": f"Bearer {key}"}
    by_key = await office.call("POST", f"{owner.path}/webhooks", headers=headers, json=body)
    led, kept = [await add(office, owner, receiver) for _ in range(2)]
    path = f"{owner.path}/webhooks"
    elsewhere = {"url": f"http://127.0.0.1:{receiver.port}/theirs"}
    await office.ok("PATCH", f"{path}/{led['id']}", leaver, json=elsewhere)
    await office.ok("PATCH", f"{path}/{kept['id']}", leaver, json={"name": "The books"})
    await become(office, owner, leaver, role)
    theirs, ours = (made, led, by_key.json()["webhook"]), (others, kept)
    for webhook in (*theirs, *ours):
        because = "unanswered" if webhook in theirs else ""
        shown = await office.ok("GET", f"{path}/{webhook['id']}", owner)
        assert shown["paused_because"] == because
    await tell(office, owner)
    await work(office)
    assert len(receiver.taken) == 2
    await office.ok("PATCH", f"{path}/{led['id']}", owner, json={"state": "active"})
    await work(office)
    await work(office)
    assert [one.path for one in receiver.taken[2:]] == ["/theirs"], "what waited comes"
    await office.ok("DELETE", f"{path}/{made['id']}", owner)


@pytest.mark.either_database
async def test_an_ended_key_hears_nothing_more_at_an_address_of_its_own(
    office: Office, receiver: Receiver
) -> None:
    """One that leaked: its thief heard of every order for good. Its maker's own go on."""
    owner = await office.person()
    said = {"name": "Leaked", "scopes": ["webhooks:write"]}
    key = await office.ok("POST", f"{owner.path}/api-keys", owner, json=said)
    path, headers = f"{owner.path}/webhooks", {"authorization": f"Bearer {key['key']}"}
    body = {"name": "Theirs", "url": f"http://127.0.0.1:{receiver.port}/theirs"}
    theirs = (await office.call("POST", path, headers=headers, json=body)).json()["webhook"]
    ours = await add(office, owner, receiver)
    await office.ok("DELETE", f"{owner.path}/api-keys/{key['api_key']['id']}", owner)
    shown = [await office.ok("GET", f"{path}/{one['id']}", owner) for one in (theirs, ours)]
    assert [one["paused_because"] for one in shown] == ["unanswered", ""]
    await tell(office, owner)
    await work(office)
    assert [one.path for one in receiver.taken] != ["/theirs"]
    assert len(receiver.taken) == 1
