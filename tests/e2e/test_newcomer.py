"""The way from an empty server to a gate, as the handbook has it for copying."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from tests.e2e.gate_process import gatekeeper
from tests.factories.running_server import EMAIL, PASSWORD, RunningServer

_BOOK = Path(__file__).parents[2] / "docs" / "operations.md"
_HEADING = "## From an empty server to the first ticket"


def _block() -> str:
    section = _BOOK.read_text("utf-8").partition(_HEADING)[2]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_handbooks_commands_lead_to_a_gate(tmp_path: Path) -> None:
    """Copied as they stand, line by line; the device that comes of them answers a scan."""
    server = RunningServer(tmp_path / "server")
    server.create_admin()
    server.start()
    try:
        script = _block()
        for old, new in (
            ("SERVER=http://127.0.0.1:8000", f"SERVER={server.url}"),
            ("EMAIL=you@example.org", f"EMAIL={EMAIL}"),
            ("read -rsp 'Password: ' PASSWORD", f"PASSWORD='{PASSWORD}'"),
        ):
            assert old in script
            script = script.replace(old, new)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"no_proxy": "*"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        line = done.stdout.splitlines()[-1]
        assert line.startswith("GKE1 ")
        folder = tmp_path / "gates" / "north"
        said = b""
        for words in (("enrol", "--code", line), ("sync",)):
            ended = gatekeeper(*words, "--profile", folder)
            assert ended.returncode == 0, ended.stderr
            said = ended.stdout
        assert json.loads(said)["tickets"] == 2
    finally:
        server.stop()
