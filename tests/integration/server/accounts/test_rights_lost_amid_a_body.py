"""Who loses a right while a request of theirs is on its way does nothing by it any more."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from server.accounts.guards import ROLE_HELD_S
from tests.factories.running_server import EMAIL, PASSWORD, run_server

BODY = b'{"name": "Late Society", "slug": "late-society"}'


@pytest.mark.parametrize(("is_ended", "status"), [(True, 401), (False, 201)])
def test_whose_sign_in_ended_amid_a_body_makes_nothing_by_it(
    tmp_path: Path, *, is_ended: bool, status: int
) -> None:
    """It may be on its way for a quarter of an hour: a removed member sold and gave away by it."""
    with (
        run_server(tmp_path / "server") as server,
        httpx.Client(base_url=f"{server.url}/api/v1") as client,
    ):
        password = {"email": EMAIL, "password": PASSWORD}
        first, second = (client.post("/sessions", json=password).json() for _ in range(2))
        head = (
            "POST /api/v1/organizations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {first['access_token']}\r\nContent-Length: {len(BODY)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port), 30) as line:
            line.sendall(head.encode() + BODY[:9])
            line.settimeout(2 * ROLE_HELD_S)
            with pytest.raises(TimeoutError):  # it waits for the rest
                line.recv(1)
            line.settimeout(30)
            if is_ended:
                own = {"Authorization": f"Bearer {second['access_token']}"}
                client.delete(f"/sessions/{first['session_id']}", headers=own).raise_for_status()
            line.sendall(BODY[9:])
            assert line.recv(65_536).startswith(f"HTTP/1.1 {status} ".encode())
