"""`kill -9` of a real lane at random moments: every answered line is in the journal."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from command_line.clock_and_randomness import SystemEntropy
from shared.kernel.id_types import DeviceId
from shared.kernel.ports import Entropy
from tests.factories import programs
from tests.factories.gate_event import TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.factories.strength import sized
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

ROUNDS = int(os.environ.get("GATEKEEPER_KILL_ROUNDS", sized("10", "25")))


def gatekeeper(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end."""
    return programs.run([programs.GATEKEEPER, *arguments], seconds=240, is_text=True, feed="")


async def make_gate(folder: Path, office: TicketOffice, entropy: Entropy) -> PairedGate:
    """Enrol a device and install its event."""
    server = FakeSyncServer(office, ManualClock())
    server.publish()
    gate = PairedGate(folder, server, entropy=entropy)
    session = await gate.open()
    await session.sync_once()
    await session.close()
    return gate


def feed(process: subprocess.Popen[bytes], codes: list[str]) -> None:
    """Write codes until the lane is gone."""
    assert process.stdin is not None
    try:
        for code in codes:
            process.stdin.write(code.encode() + b"\n")
            process.stdin.flush()
    except BrokenPipeError:
        return


def answers_until_killed(folder: Path, codes: list[str], after: int) -> list[dict[str, Any]]:
    """Start a lane, feed it, and kill it after some answers; return what it said."""
    process = programs.start(
        [programs.GATEKEEPER, "lane", "--profile", folder, "--gate", "North"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    feeder = threading.Thread(target=feed, args=(process, codes))
    feeder.start()
    lines = [process.stdout.readline() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.read().splitlines(keepends=True)
    process.wait(60)
    feeder.join(60)
    for stream in (process.stdin, process.stdout):
        try:
            stream.close()
        except BrokenPipeError:
            continue
    # A line without its end was cut by the kill: whoever reads it was not answered.
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


@pytest.mark.slow
@pytest.mark.timeout(480 + 6 * ROUNDS)
async def test_lane_keeps_every_answer_when_it_is_killed(tmp_path: Path) -> None:
    """After each kill the chain verifies and holds all answers; the server gets each once."""
    office = TicketOffice(config=make_config(knowledge_age_max=None))
    codes = [office.sell() for _ in range(400)]
    folder = tmp_path / "profile"
    gate = await make_gate(folder, office, SystemEntropy())
    chance = random.Random(20261120)
    answered: dict[int, dict[str, Any]] = {}
    for _ in range(ROUNDS):
        chance.shuffle(codes)
        for answer in answers_until_killed(folder, codes, chance.randint(1, 60)):
            assert answer["seq"] not in answered
            answered[answer["seq"]] = answer
        verified = gatekeeper("journal", "verify", "--profile", folder)
        assert verified.returncode == 0, verified.stderr
    exported = gatekeeper("journal", "export", "--profile", folder)
    entries = {entry["seq"]: entry for entry in map(json.loads, exported.stdout.splitlines())}
    for seq, answer in answered.items():
        assert entries[seq]["kind"] == "scan"
        assert entries[seq]["body"]["verdict"] == answer["verdict"]
        assert entries[seq]["body"]["ticket_id"] == answer["ticket_id"]
    admitted = [a["ticket_id"] for a in answered.values() if a["verdict"] == "admit"]
    assert len(admitted) == len(set(admitted)) > 0

    session = await gate.open()
    await session.sync_once()
    assert gate.link.server.entry_count(DeviceId("dv_north")) == session.store.journal.last_seq
    await session.close()


async def test_a_second_process_is_kept_out_of_a_profile(tmp_path: Path) -> None:
    """Two programs in one profile would fork its journal: the second one is told who is there."""
    folder = tmp_path / "profile"
    gate = await make_gate(folder, TicketOffice(), SystemEntropy())
    session = await gate.open()
    second = gatekeeper("sync", "--profile", folder)
    assert second.returncode == 3
    assert f"process {os.getpid()}" in second.stderr
    assert second.stdout == ""
    await session.close()
