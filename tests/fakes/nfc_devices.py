"""Readers at the lowest layer that nfcpy has, so that its own drivers run above them.

- `FakeDevice`: nfcpy's device interface, in memory.
- `UdpField`: a tag at the other end of nfcpy's `udp` driver; the program sees only a path.
- `Pn532Line`: a PN532 on a pseudo terminal; nfcpy's `pn532` driver and serial transport.
- `Acr122Usb`: an ACR122U at the USB transport; nfcpy's `acr122` driver.
"""

from __future__ import annotations

import errno
import os
import pty
import select
import socket
import struct
import threading
import tty
from functools import reduce
from operator import xor
from typing import Any, Final

import nfc
import nfc.clf
import nfc.clf.acr122
import nfc.clf.device

from tests.fakes.nfc_tags import FakeTag


class FakeDevice(nfc.clf.device.Device):  # type: ignore[misc] # nfcpy has no types
    """A reader in memory.

    Attributes:
        tag: What lies on it.
        is_plugged: A test pulls it out.
    """

    def __init__(self, tag: FakeTag | None = None) -> None:
        self.tag = tag
        self.is_plugged = True
        self.closed = 0
        self._vendor_name, self._device_name, self._chipset_name = "Fake", "Reader", "RAM"
        self._path = "fake"

    def _check(self) -> None:
        if not self.is_plugged:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    def close(self) -> None:
        self.closed += 1

    def mute(self) -> None:
        self._check()
        if self.tag:
            self.tag.reset()

    def sense_tta(self, target: Any) -> Any:
        self._check()
        tag = self.tag
        if tag is None or not tag.present:
            return None
        if target.sel_req and bytes(target.sel_req) != tag.uid:
            return None
        tag.reset()
        if tag.sens_res[1] & 0x0F == 0x0C:  # type 1 tags have no anticollision
            return nfc.clf.RemoteTarget(
                "106A",
                sens_res=bytearray(tag.sens_res),
                rid_res=bytearray(b"\x11\x48" + tag.uid),
            )
        return nfc.clf.RemoteTarget(
            "106A",
            sens_res=bytearray(tag.sens_res),
            sel_res=bytearray(tag.sel_res),
            sdd_res=bytearray(tag.uid),
        )

    def send_cmd_recv_rsp(self, target: Any, data: bytes, timeout: float) -> bytearray:
        self._check()
        answer = self.tag.process(bytes(data)) if self.tag else None
        if answer is None:
            raise nfc.clf.TimeoutError("no answer")
        return bytearray(answer)

    def get_max_send_data_size(self, target: Any) -> int:
        return 290

    def get_max_recv_data_size(self, target: Any) -> int:
        return 290


def frontend_of(device: Any) -> Any:
    """Give an open frontend over a device; what is pulled out cannot be opened.

    Raises:
        OSError: as a driver does.
    """
    if isinstance(device, FakeDevice):
        device._check()
    frontend = nfc.ContactlessFrontend()
    frontend.device = device
    return frontend


class UdpField:
    """A field with one tag, reached by nfcpy's UDP driver.

    Wire: bit rate and technology, a space, hex; `RFOFF` takes the field away. An answer without
    hex means that nothing is there, or that it is silent: a busy machine is told from that.
    """

    def __init__(self, tag: FakeTag | None = None, port: int = 0) -> None:
        self.tag = tag
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def path(self) -> str:
        """What the program is told."""
        return f"udp:127.0.0.1:{self.port}"

    def close(self) -> None:
        """End it; the program then hears nothing any more."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
            mouth.sendto(b"QUIT", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            frame, sender = self._socket.recvfrom(1024)
            if frame == b"QUIT":
                return
            if frame.startswith(b"RFOFF"):
                if self.tag:
                    self.tag.reset()
                continue
            technology, _, digits = frame.partition(b" ")
            answer = self._answer(technology, bytes.fromhex(digits.decode()))
            self._socket.sendto((technology + b" " + answer.hex().encode()).strip(), sender)

    def _answer(self, technology: bytes, command: bytes) -> bytes:
        tag = self.tag
        if tag is None or not tag.present or technology != b"106A":
            return b""
        if command == b"\x26":
            tag.reset()
            return tag.sens_res
        first = b"\x88" + tag.uid[:3]
        first += bytes((reduce(xor, first),))
        second = tag.uid[3:] + bytes((reduce(xor, tag.uid[3:]),))
        steps = {
            b"\x93\x20": first,
            b"\x93\x70" + first: bytes((tag.sel_res[0] | 4,)),
            b"\x95\x20": second,
            b"\x95\x70" + second: tag.sel_res,
        }
        return steps[command] if command in steps else tag.process(command) or b""


class Pn532Chip:
    """The commands of a PN532 that nfcpy's drivers use. Source: NXP UM0701-02."""

    def __init__(self, tag: FakeTag | None) -> None:
        self.tag = tag
        self._registers: dict[bytes, int] = {}

    def answer(self, code: int, data: bytes) -> bytes:
        """Return the body of the answer to one command."""
        simple = {0x00: data, 0x02: b"\x32\x01\x06\x07", 0x14: b"", 0x16: b"\0"}
        if code in simple:
            return simple[code]
        if code == 0x06:  # ReadRegister; the FIFO says CRC_A, as after nfcpy's self-test
            pairs = [data[at : at + 2] for at in range(0, len(data), 2)]
            return bytes(
                self._registers.get(pair, 0x26 if pair in {b"\x63\x39", b"\xff\xff"} else 0)
                for pair in pairs
            )
        if code == 0x08:
            for at in range(0, len(data), 3):
                self._registers[data[at : at + 2]] = data[at + 2]
            return b""
        if code == 0x32:
            if data[0] == 1 and not data[1] & 1 and self.tag:
                self.tag.reset()
            return b""
        if code == 0x4A:
            return self._list_passive_target(data)
        return self._communicate(data) if code == 0x42 else b""

    def _list_passive_target(self, data: bytes) -> bytes:
        tag = self.tag
        if tag is None or not tag.present or data[1] != 0:
            return b"\0"
        wanted = data[2:]
        if wanted and wanted != tag.uid and wanted.replace(b"\x88", b"", 1) != tag.uid:
            return b"\0"
        tag.reset()
        return b"\1\1" + tag.sens_res[::-1] + tag.sel_res + bytes((len(tag.uid),)) + tag.uid

    def _communicate(self, data: bytes) -> bytes:
        tag = self.tag
        answer = tag.process(data) if tag and tag.present else None
        if tag is None or answer is None:
            return b"\x01"  # time-out
        if len(answer) > 1 and not tag.sel_res[0] & 0x20:
            crc = nfc.clf.device.calculate_crc(bytearray(answer), len(answer), 0x6363)
            answer += bytes((crc & 255, crc >> 8))
        return b"\0" + answer


class Pn532Line:
    """A PN532 in its serial mode on a pseudo terminal."""

    _ACK: Final = bytes.fromhex("0000ff00ff00")

    def __init__(self, tag: FakeTag | None = None) -> None:
        self._chip = Pn532Chip(tag)
        self._is_mute = False
        self._near, self._far = pty.openpty()
        tty.setraw(self._near)
        tty.setraw(self._far)
        self.port = os.ttyname(self._far)
        self._pulled, self._pull = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def tag(self) -> FakeTag | None:
        """What lies on it."""
        return self._chip.tag

    @tag.setter
    def tag(self, tag: FakeTag | None) -> None:
        self._chip.tag = tag

    def mute(self) -> None:
        """Be something else that happens to be on the line: take all and answer nothing."""
        self._is_mute = True

    def unplug(self) -> None:
        """Pull the cable: both ends of the line are gone.

        The chip has stopped by then: the numbers of closed files are given to the next line at
        once, and it would answer there, for the tag that lay here.
        """
        os.close(self._pull)
        self._thread.join()
        for end in (self._far, self._near, self._pulled):
            os.close(end)

    def _serve(self) -> None:
        received = b""
        while True:
            readable, _, _ = select.select([self._near, self._pulled], [], [])
            if self._pulled in readable:
                return
            try:
                received += os.read(self._near, 4096)
            except OSError:
                return
            while (frame := self._next_frame(received)) is not None:
                body, received = frame
                if body and not self._is_mute:
                    self._respond(body[1], body[2:])

    @staticmethod
    def _next_frame(received: bytes) -> tuple[bytes, bytes] | None:
        """Return the body of the first whole frame, empty for an ACK, and what follows it."""
        at = received.find(b"\x00\xff")
        if at < 0 or len(received) < at + 4:
            return None
        size, check = received[at + 2], received[at + 3]
        if (size, check) == (0, 0xFF):
            return b"", received[at + 4 :]
        begin = at + 4
        if (size, check) == (0xFF, 0xFF):
            if len(received) < at + 7:
                return None
            size, begin = received[at + 4] << 8 | received[at + 5], at + 7
        if len(received) < begin + size + 1:
            return None
        return received[begin : begin + size], received[begin + size + 1 :]

    def _respond(self, code: int, data: bytes) -> None:
        body = bytes((0xD5, code + 1)) + self._chip.answer(code, data)
        size = len(body)
        if size < 256:
            head = b"\0\0\xff" + bytes((size, -size & 255))
        else:
            check = -((size >> 8) + (size & 255)) & 255
            head = b"\0\0\xff\xff\xff" + size.to_bytes(2, "big") + bytes((check,))
        try:
            os.write(self._near, self._ACK + head + body + bytes((-sum(body) & 255, 0)))
        except OSError:
            return


class Acr122Usb:
    """An ACR122U's USB endpoint: CCID messages in memory."""

    TYPE, manufacturer_name, product_name = "USB", "ACS", "ACR122U PICC Interface"

    def __init__(self, tag: FakeTag | None = None) -> None:
        self.chip = Pn532Chip(tag)
        self.is_plugged = True
        self.commands: list[int] = []
        self._answer: bytes | None = None

    def device(self) -> Any:
        """Let nfcpy's driver initialize it."""
        device = nfc.clf.acr122.init(self)
        device._path = "usb:001:007"
        return device

    def write(self, frame: bytes, timeout: int = 0) -> None:
        self._check()
        message = bytes(frame)
        if message[0] == 0x62:
            self._answer = self._ccid(b"\x3b\x00")
            return
        assert message[0] == 0x6F
        assert struct.unpack("<I", message[1:5])[0] == len(message) - 10
        self._answer = self._ccid(self._apdu(message[10:]))

    def read(self, timeout: int = 0) -> bytearray:
        self._check()
        answer, self._answer = self._answer, None
        if answer is None:
            raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        return bytearray(answer)

    def close(self) -> None:
        """Nothing is held."""

    def _check(self) -> None:
        if not self.is_plugged:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    @staticmethod
    def _ccid(data: bytes) -> bytes:
        return struct.pack("<BI5B", 0x80, len(data), 0, 0, 0, 0x81, 0) + data

    def _apdu(self, apdu: bytes) -> bytes:
        if apdu == bytes.fromhex("ff00480000"):
            return b"ACR122U215"
        if apdu[:3] == b"\xff\x00\x51":
            return b"\x90" + apdu[3:4]
        if apdu[:3] == b"\xff\x00\x40":
            return b"\x90\x0e"
        if apdu[:4] == b"\xff\x00\x00\x00":
            self.commands.append(apdu[6])
            answer = self.chip.answer(apdu[6], apdu[7:])
            return bytes((0xD5, apdu[6] + 1)) + answer + b"\x90\x00"
        return b"\x63\x00"
