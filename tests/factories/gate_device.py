"""A gate's device put together from the real parts, over a disk and a clock of the test's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gatekeeper.gate.clock import GateClock
from gatekeeper.gate.ending_last_run import recover
from gatekeeper.gate.gate_and_direction import LaneSetting
from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.scan_to_answer import Lane
from gatekeeper.gate.uplink import AskLedger, Uplink
from gatekeeper.store.disk import Disk, FolderDisk
from gatekeeper.store.store import JournalAuthor, Store
from gatekeeper.sync.manifests import ManifestInstaller
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import DeviceId, EventId, GateId
from shared.kernel.ports import CrashPoint, no_crash
from shared.manifest.header import ChunkRef
from shared.manifest.signed_document import SignedDocument
from shared.wire.claim import ClaimAnswer, ClaimRequest
from tests.factories.gate_event import EVENT, NORTH, TicketOffice
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy

T = TypeVar("T")


async def run_at_once(work: Callable[[], T]) -> T:
    """Run work where it stands, as a simulator does."""
    return work()


async def ask_nobody(request: ClaimRequest) -> ClaimAnswer:
    """Be a server that cannot be reached."""
    message = "the server cannot be reached"
    raise ServerFault(message)


class OneManifest:
    """A source of one published manifest."""

    def __init__(self, document: SignedDocument, chunks: dict[bytes, bytes]) -> None:
        self.document = document
        self.chunks = chunks
        self.fetched = 0

    async def fetch_manifest(self, _event_id: EventId) -> SignedDocument:
        return self.document

    async def fetch_chunk(self, _event_id: EventId, ref: ChunkRef) -> bytes:
        self.fetched += 1
        return self.chunks[ref.sha256]


class GateDevice:
    """Store, knowledge and lane of one device.

    Attributes:
        disk: Survives `restart`.
        clock: The machine's.
    """

    def __init__(
        self,
        folder: Path | Disk,
        office: TicketOffice,
        *,
        device_id: DeviceId = DeviceId("dv_north"),
        gate_id: GateId = NORTH,
        clock: ManualClock | None = None,
        crash_point: CrashPoint = no_crash,
        ask_ledger: AskLedger = ask_nobody,
        takes_given_times: bool = True,
        start_number: int = 1,
    ) -> None:
        self.disk = FolderDisk(folder) if isinstance(folder, Path) else folder
        self.office = office
        self.clock = ManualClock() if clock is None else clock
        self.entropy = SeededEntropy(f"{device_id}:{start_number}")
        self.key = SigningKey.generate(SeededEntropy(f"key:{device_id}"))
        self.author = JournalAuthor(device_id, self.key, self.entropy)
        self.setting = LaneSetting(device_id, gate_id, takes_given_times=takes_given_times)
        self.ask_ledger = ask_ledger
        self.start(crash_point)

    def start(self, crash_point: CrashPoint = no_crash) -> None:
        """Start the program: open, recover, put the lane together."""
        self.store = Store(self.disk, self.author, crash_point=crash_point)
        self.gate_clock = GateClock(self.clock, self.store.read_clock_offset())
        self.knowledge = Knowledge(self.store, self.office.trust, EVENT)
        self.uplink = Uplink(is_up=False)
        self.recorder = Recorder(self.store, self.knowledge, self.gate_clock)
        recover(self.store, self.recorder.stamp())
        self.lane = Lane(
            self.setting,
            store=self.store,
            recorder=self.recorder,
            entropy=self.entropy,
            uplink=self.uplink,
            ask_ledger=self.ask_ledger,
        )

    def stop(self) -> None:
        """End the program in order."""
        self.knowledge.close()
        self.store.close()

    def restart(self) -> None:
        """End and start the program."""
        self.stop()
        self.start()

    async def install(self, source: OneManifest) -> bool:
        """Install a manifest."""
        installer = ManifestInstaller(self.store, self.recorder, source, run_at_once)
        return await installer.install_newest(EVENT)

    async def publish(self, *, sequence: int = 1, epoch: int = 1, cursor: int = 0) -> None:
        """Install what the office has sold."""
        document, chunks = self.office.publish(sequence=sequence, epoch=epoch, cursor=cursor)
        await self.install(OneManifest(document, chunks))


async def open_device(folder: Path, office: TicketOffice) -> GateDevice:
    """Open a device that is cut off and has the office's manifest."""
    device = GateDevice(folder, office)
    await device.publish()
    return device
