"""Every list of the API is searched alike, but for those that say why not."""

from __future__ import annotations

import pytest

from tests.factories.everything import operations
from tests.factories.office import Office
from tests.integration.server.http.test_page_cursors import is_list

pytestmark = pytest.mark.either_database

ORG = "/api/v1/organizations/{organization_id}"
EVENT = ORG + "/events/{event_id}"
OTHERWISE = {
    EVENT + "/tickets": "by name, code, order, type, date and state, over an index",
    EVENT + "/checkins": "by date and ticket; it has no text of its own",
    EVENT + "/seats": "drawn as a whole",
    EVENT + "/till-stock": "as many as there are tills",
    EVENT + "/holds": "by event; its seats are read together",
    EVENT + "/devices": "what the board shows as a whole",
    EVENT + "/imports/{import_id}/lines": "by outcome",
    EVENT + "/homes/moves": "few, in the order of what was ordered",
    EVENT + "/evacuations": "few, and each must be seen",
    EVENT + "/evacuations/reach": "few, and each must be seen",
    EVENT + "/pauses": "few, and each must be seen",
    ORG + "/devices/{device_id}/refusals": "evidence of one device, as a whole",
    ORG + "/devices/{device_id}/unconfirmed": "evidence of one device, in its order",
    EVENT + "/alarms": "the latest first, those that stand or are over",
    ORG + "/webhooks/{webhook_id}/deliveries": "by state, the latest first",
    ORG + "/report-schedules/{schedule_id}/runs": "the latest thirty",
    ORG + "/keyring": "what gates hold, as a whole",
    EVENT + "/orders/{order_id}/mail": "the latest of one order",
    EVENT + "/notices": "few, the newest first",
    EVENT + "/notices/{notice_id}/buyers": "chosen by its outcome; who was not reached is short",
    EVENT + "/occurrences/{occurrence_id}/cancellation/orders": "chosen by its outcome",
    EVENT + "/cancellation/orders": "chosen by its outcome; what is left to a person is short",
}
"""Lists without a search of this kind, and why."""


async def test_every_list_of_an_organization_is_searched_or_says_why_not(
    office: Office,
) -> None:
    """Over the API's description; and what is excused still is a list."""
    document = (await office.call("GET", "/docs/openapi.json")).json()
    without = set()
    for method, path, operation, _ in operations(document):
        if method != "GET" or not path.startswith("/api/") or not is_list(document, operation):
            continue
        names = {row["name"] for row in operation.get("parameters", ())}
        if "q" not in names:
            without.add(path)
    assert without == OTHERWISE.keys()


async def test_events_and_people_are_found_by_parts_of_their_names(office: Office) -> None:
    """By pages and whole, in the order that is asked for; a wrong order is named."""
    ada = await office.person()
    for name in ("Fête de la Lumière", "Night of the Lanterns", "Lantern Fair"):
        await office.ok("POST", f"{ada.path}/events", ada, json={"name": name, "timezone": "UTC"})
    for name in ("Zoë", "mara", "Ada"):
        await office.ok("POST", f"{ada.path}/cashiers", ada, json={"name": name})

    found = await office.ok("GET", f"{ada.path}/events", ada, params={"q": "fete LUMI"})
    assert [one["name"] for one in found["items"]] == ["Fête de la Lumière"]
    first = await office.ok("GET", f"{ada.path}/events", ada, params={"q": "lantern", "limit": 1})
    more = {"q": "lantern", "limit": 1, "after": first["next"]}
    second = await office.ok("GET", f"{ada.path}/events", ada, params=more)
    names = {one["name"] for page in (first, second) for one in page["items"]}
    assert names == {"Night of the Lanterns", "Lantern Fair"}
    assert second["next"] is None
    for sort, wanted in (("name", ["Ada", "mara", "Zoë"]), ("-name", ["Zoë", "mara", "Ada"])):
        people = await office.ok("GET", f"{ada.path}/cashiers", ada, params={"sort": sort})
        assert [one["name"] for one in people] == wanted
    wrong = await office.call("GET", f"{ada.path}/cashiers", ada, params={"sort": "rights"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "sort"
