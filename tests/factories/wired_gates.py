"""Real gates over a real server in one process, on a wire that a test can cut."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import msgspec

from gatekeeper.device.lan_link import LanOptions
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import DEVICE_KEY_NAME, Profile, save_key, save_profile
from gatekeeper.sync import paths
from gatekeeper.sync.server_port import SyncServer
from gatekeeper.system import System
from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import Duration
from shared.kernel.ports import Clock, CrashPoint, no_crash
from shared.kernel.trouble import Trouble, TroubleKind
from shared.manifest.header import ChunkRef
from shared.manifest.signed_document import SignedDocument, decode_document
from shared.wire.buyer_note import BuyerNote
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.exchange import ExchangeRequest, ExchangeResponse
from shared.wire.relayed_by_gates import RelayedClaim, RelayedEntries, RelayedMarks
from shared.wire.seat_states import SeatStates
from shared.wire.till_key import TillKeyAnswer, TillKeyRequest
from shared.wire.till_stock import StockRequest
from shared.wire.voucher import VoucherAnswer, VoucherCharge, VoucherQuestion
from tests.factories.gate_device import run_at_once
from tests.factories.ledger_office import MSGPACK, GateDevice, LedgerOffice


class Wire:
    """A device's end of the wire; fulfils what a session asks of `SyncServer`.

    Attributes:
        is_cut: Nothing goes through.
    """

    def __init__(self, office: LedgerOffice, device: GateDevice) -> None:
        self._office = office
        self._device = device
        self.is_cut = False

    async def _send(self, method: str, path: str, body: bytes, media_type: str) -> bytes:
        if self.is_cut:
            raise ServerFault("the wire is cut")
        headers = self._device.headers | {"content-type": media_type}
        client = self._office.office.client
        answer = await client.request(method, path, content=body, headers=headers)
        if self.is_cut:
            raise ServerFault("the wire is cut")
        if answer.status_code >= 500:
            raise ServerFault(answer.text)
        if answer.status_code >= 400:
            raise Rejected(answer.text, problem="", status=answer.status_code)
        return answer.content

    async def exchange(self, request: ExchangeRequest) -> ExchangeResponse:
        sent = msgspec.msgpack.encode(request)
        body = await self._send("POST", paths.EXCHANGE, sent, MSGPACK)
        return msgspec.msgpack.decode(body, type=ExchangeResponse)

    async def claim(self, request: ClaimRequest, budget: Duration) -> ClaimAnswer:
        sent = msgspec.json.encode(request)
        body = await self._send("POST", paths.CLAIMS, sent, "application/json")
        return msgspec.json.decode(body, type=ClaimAnswer)

    async def fetch_manifest(self, event_id: EventId) -> SignedDocument:
        return decode_document(await self._send("GET", paths.manifest(event_id), b"", MSGPACK))

    async def fetch_chunk(self, event_id: EventId, ref: ChunkRef) -> bytes:
        return await self._send("GET", paths.chunk(ref.sha256), b"", MSGPACK)

    async def request_till_key(self, request: TillKeyRequest) -> TillKeyAnswer:
        sent = msgspec.json.encode(request)
        body = await self._send("POST", paths.TILL_KEYS, sent, "application/json")
        return msgspec.json.decode(body, type=TillKeyAnswer)

    async def request_stock(self, request: StockRequest) -> SignedDocument:
        sent = msgspec.json.encode(request)
        body = await self._send("POST", paths.TILL_STOCK, sent, "application/json")
        return decode_document(body)

    async def pay_by_voucher(self, charge: VoucherCharge) -> VoucherAnswer:
        return await self._ask_voucher(paths.VOUCHER_PAY, charge)

    async def find_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        return await self._ask_voucher(paths.VOUCHER_FIND, question)

    async def reverse_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        return await self._ask_voucher(paths.VOUCHER_REVERSE, question)

    async def _ask_voucher(
        self, path: str, asked: VoucherCharge | VoucherQuestion
    ) -> VoucherAnswer:
        body = await self._send("POST", path, msgspec.json.encode(asked), "application/json")
        return msgspec.json.decode(body, type=VoucherAnswer)

    async def fetch_buyers(self, event_id: EventId, known: str) -> bytes:
        path = f"{paths.buyers(event_id)}?known={known}"
        return await self._send("GET", path, b"", MSGPACK)

    async def fetch_seats(self, event_id: EventId, after: int) -> SeatStates:
        body = await self._send("GET", paths.seats(event_id, after), b"", MSGPACK)
        return msgspec.msgpack.decode(body, type=SeatStates)

    async def note_buyer(self, note: BuyerNote) -> None:
        await self._send("POST", paths.BUYERS, msgspec.json.encode(note), "application/json")

    async def fetch_roster(
        self, event_id: EventId, known: tuple[int, int], lan_address: str
    ) -> SignedDocument | None:
        epoch, sequence = known
        query = f"?epoch={epoch}&sequence={sequence}&lan_address={quote(lan_address)}"
        body = await self._send("GET", paths.roster(event_id) + query, b"", MSGPACK)
        return decode_document(body) if body else None

    async def fetch_feed(self, event_id: EventId, epoch: int, after: int) -> SignedDocument:
        path = f"{paths.feed(event_id)}?epoch={epoch}&after={after}"
        return decode_document(await self._send("GET", path, b"", MSGPACK))

    async def relay_claim(self, claim: RelayedClaim) -> SignedDocument:
        sent = msgspec.msgpack.encode(claim)
        return decode_document(await self._send("POST", paths.RELAYED_CLAIMS, sent, MSGPACK))

    async def relay_entries(self, entries: RelayedEntries) -> RelayedMarks:
        sent = msgspec.msgpack.encode(entries)
        body = await self._send("POST", paths.RELAYED_ENTRIES, sent, MSGPACK)
        return msgspec.msgpack.decode(body, type=RelayedMarks)

    async def greet(self) -> None:
        await self._send("GET", f"{paths.TIME}?nonce=", b"", MSGPACK)

    async def wait_for_push(self, event_id: EventId) -> SignedDocument | None:
        raise ServerFault("there is no push channel")

    async def close(self) -> None:
        """Let nothing go."""


@dataclass
class WiredGate:
    """A real gate with its end of the wire."""

    device: GateDevice
    wire: Wire
    session: GateSession

    @property
    def id(self) -> str:
        """Return the device's id."""
        return self.device.id

    async def scan(self, code: str, **options: Any) -> ScanAnswer:
        """Scan a code."""
        return await self.session.scan(Scan(code, **options))

    async def sync(self) -> None:
        """Sync once."""
        await self.session.sync_once()

    async def cut(self) -> None:
        """Cut the wire, and let the gate notice."""
        self.wire.is_cut = True
        self.session.lane._uplink.note_failure(Trouble(TroubleKind.UNREACHABLE, "cut"))

    async def mend(self) -> None:
        """Mend the wire and sync until nothing is left."""
        self.wire.is_cut = False
        await self.sync()

    async def serve(self) -> None:
        """Keep in step until cancelled, as the background does, only faster."""
        while True:
            await self.sync()
            await asyncio.sleep(0.01)


async def open_gate(
    office: LedgerOffice,
    folder: Path,
    gate: int,
    *,
    role: str = "gate",
    clock: Clock | None = None,
    lan: LanOptions | None = None,
    boot: int = 0,
) -> WiredGate:
    """Enrol a gate and open its session; it has not synced yet."""
    device = await office.enrol(gate, role=role, begins=False)
    place = folder / device.id
    place.mkdir(parents=True)
    disk = FolderDisk(place)
    save_key(disk, DEVICE_KEY_NAME, device.key)
    save_profile(
        disk,
        Profile(
            server_url="http://127.0.0.1:1",
            device_id=DeviceId(device.id),
            organization_id=office.owner.organization_id,
            organization="Lantern Society",
            root_public_key=office.root.hex(),
            token=device.token,
            role=role,
            event_id=office.event_id,
            gate_id=device.gate_id,
        ),
    )
    return await open_again(office, place, device, clock=clock, lan=lan, boot=boot)


async def open_again(
    office: LedgerOffice,
    place: Path,
    device: GateDevice,
    *,
    clock: Clock | None = None,
    crash_point: CrashPoint = no_crash,
    lan: LanOptions | None = None,
    boot: int = 0,
) -> WiredGate:
    """Open the session of a gate whose profile is in its folder.

    Args:
        office: Its server.
        place: The folder.
        device: Which gate.
        clock: The machine's; the office's by default.
        crash_point: Called at each step of a transaction.
        lan: How it takes part in the venue's network.
        boot: Names the run of the machine; 0 where time is carried over no start of the program.
    """
    wire = Wire(office, device)
    system = System(
        clock=clock or office.office.clock,
        entropy=office.office.entropy,
        connect=lambda _profile, _channel: cast("SyncServer", wire),
        run_blocking=run_at_once,
        crash_point=crash_point,
        boot=boot,
    )
    return WiredGate(device, wire, await GateSession.open(place, system=system, lan=lan))
