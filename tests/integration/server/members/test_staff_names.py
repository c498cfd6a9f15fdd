"""A badge that is scanned into the field of names makes nobody who is called by its secret."""

from __future__ import annotations

import pytest

from tests.factories.office import Office

PIN = "471109"


@pytest.mark.either_database
@pytest.mark.parametrize("kind", ["cashiers", "supervisors"])
async def test_a_badges_code_is_no_name(office: Office, kind: str) -> None:
    """Neither of somebody new nor of who is there; Caps Lock and blanks around it hide nothing."""
    ada = await office.person()
    path = f"{ada.path}/{kind}"
    pin = {"pin": PIN} if kind == "supervisors" else {}
    made = await office.ok("POST", path, ada, json={"name": "Mara"} | pin)
    row, badge = made[kind.removesuffix("s")], made["badge"]

    for name in (badge, f" {badge.lower()}"):
        tries = [
            ("POST", path, {"name": name} | pin),
            ("PATCH", f"{path}/{row['id']}", {"name": name}),
        ]
        for method, where, body in tries:
            refused = await office.call(method, where, ada, json=body)
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["because"]["code"] == "field.badge_as_name"
            assert badge not in refused.text
    listed = await office.ok("GET", path, ada)
    assert [one["name"] for one in listed] == ["Mara"]
