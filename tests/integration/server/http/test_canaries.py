"""Personal data and secrets of a busy server are in no log line, problem or metric."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx

from tests.factories import programs

ROOT = Path(__file__).parents[4]
NAME = "Zaphod-CANARY"
EMAIL = "zaphod-CANARY@example.org"
PASSWORD = "a CANARY sings at the gate"
VARIANT = "CANARY +49 170 1234567"


class Caller:
    """Calls the server and keeps what must not leak, and what was answered to errors."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url)
        self.secrets = ["CANARY"]
        self.problems = ""

    def call(self, method: str, path: str, **more: Any) -> Any:
        """Send a request and return its JSON; error answers are kept."""
        answer = self.client.request(method, path, **more)
        for cookie in answer.headers.get_list("set-cookie"):
            self.secrets.append(cookie.partition(";")[0].partition("=")[2])
        if answer.is_error:
            self.problems += answer.text + str(answer.headers)
        return answer.json() if answer.content else None


def play(caller: Caller) -> None:
    """Register, sell, fail and search, with canaries wherever a person's data may stand."""
    credentials = {"email": EMAIL, "password": PASSWORD}
    caller.call("POST", "/api/v1/users", json=credentials | {"name": NAME})
    token = caller.call("POST", "/api/v1/sessions", json=credentials)["access_token"]
    caller.secrets.append(token)
    caller.client.headers["authorization"] = f"Bearer {token}"
    organization = caller.call(
        "POST", "/api/v1/organizations", json={"name": NAME, "slug": "probe"}
    )
    base = f"/api/v1/organizations/{organization['id']}"
    key = caller.call("POST", f"{base}/api-keys", json={"name": NAME, "scopes": ["events:read"]})
    caller.secrets.append(key["key"])
    event = caller.call("POST", f"{base}/events", json={"name": NAME, "timezone": "UTC"})
    path = f"{base}/events/{event['id']}"
    caller.call("POST", f"{path}/state", json={"state": "published"})
    kind = caller.call("POST", f"{path}/ticket-types", json={"name": NAME, "price_minor": 1})
    line = {"ticket_type_id": kind["id"], "quantity": 1, "variant": VARIANT}
    order = {"lines": [line], "payment": "paid", "buyer_name": NAME, "buyer_email": EMAIL}
    ticket = caller.call("POST", f"{path}/orders", json=order)["tickets"][0]
    caller.secrets += [ticket["manual_code"], ticket["manual_code"].replace("-", "")]
    caller.call("PUT", f"{path}/tickets/{ticket['id']}/holder", json={"name": NAME})
    caller.call("GET", f"{path}/tickets", params={"manual_code": ticket["manual_code"]})
    # What goes wrong must not quote what was sent.
    caller.call("POST", f"{path}/orders", json=order | {NAME: EMAIL, "payment": NAME})
    caller.call("GET", f"/api/v1/users/{EMAIL}?name={NAME}")
    caller.call("GET", f"{path}/tickets", params={"manual_code": NAME, "state": NAME})
    caller.call("GET", f"{base}/events/{NAME}")
    caller.call("POST", "/api/v1/sessions", json={"email": EMAIL, "password": NAME})
    invited = caller.call("POST", f"{base}/invitations", json={"role": "staff"})
    caller.secrets.append(invited["code"])
    caller.call("POST", "/api/v1/invitations/accept", json={"code": f"x{EMAIL}"})
    caller.call("POST", "/api/v1/invitations/accept", json={"code": invited["code"]})
    caller.call("POST", "/api/v1/sessions", content=NAME.encode())
    caller.call("GET", "/api/v1/me", headers={"authorization": f"Bearer {NAME}"})


def test_no_canary_sings(tmp_path: Path) -> None:
    """The whole story with canaries: log, problem documents and metrics stay silent."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GATEKEEPER_")}
    with (tmp_path / "log").open("wb") as log_file:
        process = programs.start(
            [programs.SERVER, "serve", "--port", "0"],
            environment=kept
            | {"GATEKEEPER_DATA": str(tmp_path), "GATEKEEPER_REGISTRATION": "open"},
            stdout=subprocess.PIPE,
            stderr=log_file,
        )
    assert process.stdout is not None
    try:
        caller = Caller(json.loads(process.stdout.readline())["listening"])
        play(caller)
        metrics = caller.client.get("/metrics", headers={"authorization": ""}).text
        caller.client.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    log = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert sum(line["event"] == "request" for line in lines) >= 20
    assert caller.problems.count("request_id") >= 8
    assert "gatekeeper_http_requests_total" in metrics
    # The name of an unknown field is repeated to whoever sent it: it may be a typing error.
    problems = caller.problems.replace(f'"field":"{NAME}"', "")
    for secret in caller.secrets:
        assert secret
        for place, found in (("log", log), ("problem", problems), ("metrics", metrics)):
            assert secret not in found, (secret, place)
