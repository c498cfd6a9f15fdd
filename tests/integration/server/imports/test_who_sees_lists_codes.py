"""A list's first lines hold codes that let in: they are shown to who may bring lists."""

from __future__ import annotations

from typing import Any

from tests.factories.office import Office

LIST = "Code,Type,Name\nLN-1,Adult,Klara\n"


async def test_only_who_may_bring_lists_sees_the_first_lines_of_one(office: Office) -> None:
    """Whoever else sees how far it is; a code that is on paper somewhere opens a gate."""
    owner = await office.person()
    path = f"{owner.path}/events/{await office.event(owner)}/imports"
    csv = {"headers": {"content-type": "text/csv"}, "content": LIST.encode()}
    made = await office.ok("POST", path, owner, **csv)
    assert made["sample"] == [["LN-1", "Adult", "Klara"]]

    async def seen(person: Any = None, **more: Any) -> list[Any]:
        one = await office.ok("GET", f"{path}/{made['id']}", person, **more)
        [listed] = (await office.ok("GET", path, person, **more))["items"]
        assert one == listed
        assert one["columns"] == ["Code", "Type", "Name"]
        return list(one["sample"])

    for role, lines in (("staff", []), ("box_office", made["sample"]), ("owner", made["sample"])):
        person = await office.person(role, organization_id=owner.organization_id)
        assert await seen(person) == lines, role
    for verb, lines in (("read", []), ("write", made["sample"])):
        body = {"name": "Probe", "scopes": ["tickets:read", f"tickets:{verb}"]}
        key = (await office.ok("POST", f"{owner.path}/api-keys", owner, json=body))["key"]
        assert await seen(headers={"authorization": f"Bearer {key}"}) == lines, verb
