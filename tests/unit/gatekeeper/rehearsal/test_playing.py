"""A rehearsal through a real lane: everything is answered as it should be, and nothing is left."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.requests import Scan
from gatekeeper.rehearsal.playing import RehearsalStage, play, refuse_at_doors
from gatekeeper.rehearsal.practice_event_and_keys import PracticeIssuer
from gatekeeper.store.disk import FolderDisk
from shared.credential.keyring import REHEARSAL_EVENT
from shared.kernel.errors import BadInput
from shared.kernel.instant import DAY, HOUR, MINUTE
from shared.manifest.event_config import EntryPause
from tests.factories.gate_device import GateDevice, OneManifest, run_at_once
from tests.factories.gate_event import NORTH, STARTS, TicketOffice, make_config
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy

QUICK = make_config(claim_budget_ms=20)


def stage(folder: Path, clock: ManualClock | None = None) -> RehearsalStage:
    folder.mkdir()
    clock = ManualClock() if clock is None else clock
    return RehearsalStage(
        disk=FolderDisk(folder),
        clock=clock,
        entropy=SeededEntropy("stage"),
        run_blocking=run_at_once,
        gate_id=NORTH,
    )


async def test_the_whole_queue_is_answered_as_it_should_be(tmp_path: Path) -> None:
    """Good ones in, repeats and false ones denied, with a server that hangs at the start."""
    live = TicketOffice(config=QUICK)
    set_up = stage(tmp_path / "rehearsal")
    before = msgspec.structs.replace(live.config, occurrences=())
    played = await play(before, live.keyring, set_up, scans=80)
    assert played.wrong == 0
    assert played.scans == 80
    assert played.repeats == (5, 5)
    assert played.forged == (3, 3)
    assert played.gate == "North"


async def test_a_gate_rehearses_while_entry_is_paused(tmp_path: Path) -> None:
    """A pause is for holders; whoever waits for doors may practise."""
    pauses = (EntryPause(NORTH, STARTS),)
    paused = msgspec.structs.replace(QUICK, occurrences=(), pauses=pauses)
    played = await play(paused, (), stage(tmp_path / "rehearsal"), scans=20)
    assert (played.scans, played.wrong) == (20, 0)


async def test_neither_worlds_codes_are_good_in_the_other(tmp_path: Path) -> None:
    """A practice ticket at a live gate, and a live ticket in the practice event, are denied."""
    issuer = TicketOffice()
    live_code = issuer.sell()
    device = GateDevice(tmp_path / "live", issuer)
    practice = PracticeIssuer(issuer.config, issuer.keyring, SeededEntropy("p"), STARTS)
    practice_code = practice.issue()
    await device.publish()
    answer = await device.lane.scan(Scan(practice_code))
    assert (answer.verdict, answer.reason) == ("deny", "unknown_key")
    assert (await device.lane.scan(Scan(live_code))).verdict == "admit"

    # The live gate would not take it even if a manifest named the practice key.
    issuer.keyring += (msgspec.structs.replace(practice._keyring[0], event_id="ev_test"),)
    await device.publish(sequence=2)
    assert (await device.lane.scan(Scan(practice_code))).reason == "wrong_event"


async def test_a_live_ticket_is_named_and_denied_in_a_rehearsal(tmp_path: Path) -> None:
    """The practice event knows the live keys, to say which event a ticket is for."""
    issuer = TicketOffice()
    live_code = issuer.sell()
    practice = PracticeIssuer(issuer.config, issuer.keyring, SeededEntropy("p"), STARTS)
    practice.issue()
    device = GateDevice(tmp_path, issuer)
    device.knowledge.trust = practice.trust
    device.knowledge.event_id = REHEARSAL_EVENT
    await _install(device, practice)
    answer = await device.lane.scan(Scan(live_code))
    assert (answer.verdict, answer.reason) == ("deny", "wrong_event")


async def _install(device: GateDevice, practice: PracticeIssuer) -> None:
    from gatekeeper.sync.manifests import ManifestInstaller

    source = OneManifest(*practice.publish())
    installer = ManifestInstaller(device.store, device.recorder, source, run_at_once)
    await installer.install_newest(REHEARSAL_EVENT)


def test_nobody_rehearses_at_doors() -> None:
    """It ends by itself, and does not begin once doors are near or open."""
    config = make_config()
    refuse_at_doors(config, STARTS - HOUR)
    refuse_at_doors(config, STARTS + DAY)
    for at in (STARTS - 4 * MINUTE, STARTS + HOUR):
        with pytest.raises(BadInput, match="doors"):
            refuse_at_doors(config, at)
    off = tuple(msgspec.structs.replace(one, is_cancelled=True) for one in config.occurrences)
    refuse_at_doors(msgspec.structs.replace(config, occurrences=off), STARTS + HOUR)


def test_nobody_rehearses_while_a_date_goes_on_whose_end_nobody_has_said() -> None:
    """Half of the queue may stand there still when it begins; a day later it is over."""
    config = make_config()
    (date, *_) = config.occurrences
    endless = (msgspec.structs.replace(date, ends_at=None),)
    config = msgspec.structs.replace(config, occurrences=endless)
    with pytest.raises(BadInput, match="doors"):
        refuse_at_doors(config, STARTS + HOUR)
    refuse_at_doors(config, STARTS + DAY + HOUR)
