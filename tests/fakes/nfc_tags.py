"""Tags that answer as the real chips do, command by command, in memory.

Sources: NXP NTAG213/215/216 data sheet, sections 8 to 10; NXP AN12196; ISO/IEC 14443-4.
"""

from __future__ import annotations

from typing import Final

from shared.credential.sun_tap_message import sun_mac
from tests.fakes.ntag_issuer import sign_uid

ACK: Final = b"\x0a"
NAK_ARGUMENT: Final = b"\x00"
NAK_PASSWORD: Final = b"\x04"

# Total pages, capability size byte, storage byte of the version, page of the dynamic lock bits.
_NTAG_MODELS: Final = {
    "213": (45, 0x12, 0x0F, 40),
    "215": (135, 0x3E, 0x11, 130),
    "216": (231, 0x6D, 0x13, 226),
}


class FakeTag:
    """What every tag in a field has in common.

    Attributes:
        uid: 4 or 7 bytes.
        sens_res: ATQA, as nfcpy shows it.
        sel_res: SAK.
        present: Whether it lies in the field; a test lifts it.
        torn_after: Leave the field by itself after so many further commands.
    """

    sens_res = b"\x44\x00"
    sel_res = b"\x00"

    def __init__(self, uid: bytes) -> None:
        self.uid = uid
        self.present = True
        self.torn_after: int | None = None
        self.commands: list[bytes] = []
        self.is_mute = False

    def reset(self) -> None:
        """Be activated anew."""
        self.is_mute = False

    def process(self, command: bytes) -> bytes | None:
        """Return the answer frame, or None for silence."""
        if self.torn_after is not None:
            self.torn_after -= 1
            if self.torn_after < 0:
                self.present = False
        if not self.present or self.is_mute:
            return None
        self.commands.append(bytes(command))
        return self.answer(bytes(command))

    def answer(self, command: bytes) -> bytes | None:
        """Answer one command of a tag that is there."""
        raise NotImplementedError


class FakeNtag21x(FakeTag):
    """NTAG213, 215 or 216 as delivered: formatted, unlocked, signed by the test chip maker."""

    def __init__(
        self,
        model: str = "213",
        uid: bytes = bytes.fromhex("04a1b2c3d4e5f6"),
        *,
        signed: bool = True,
    ) -> None:
        super().__init__(uid)
        self.pages, size, storage, self.lock_page = _NTAG_MODELS[model]
        self.version = bytes((0, 4, 4, 2, 1, 0, storage, 3))
        self.signature = sign_uid(uid) if signed else bytes(32)
        self.memory = bytearray(4 * self.pages)
        first, second = uid[:3], uid[3:]
        self.memory[0:4] = first + bytes((0x88 ^ first[0] ^ first[1] ^ first[2],))
        self.memory[4:8] = second
        self.memory[8:12] = bytes((second[0] ^ second[1] ^ second[2] ^ second[3], 0x48, 0, 0))
        self.memory[12:16] = bytes((0xE1, 0x10, size, 0x00))
        blank = "0103a00c340300fe" if model == "213" else "0300fe00"
        self.memory[16 : 16 + len(blank) // 2] = bytes.fromhex(blank)
        at = 4 * self.lock_page
        self.memory[at : at + 20] = bytes.fromhex("000000bd 040000ff 00050000 ffffffff 00000000")
        self.has_fast_read = True
        self._password_from = 0xFF
        self._reads_need_password = False
        self.reset()

    def reset(self) -> None:
        """Be activated anew; protection counts from here on."""
        super().reset()
        at = 4 * self.lock_page
        self._password_from = self.memory[at + 7]
        self._reads_need_password = bool(self.memory[at + 8] & 0x80)

    def store(self, message: bytes, *, at: int | None = None) -> None:
        """Put a message on the tag without a reader."""
        begin = at if at is not None else (21 if self.memory[16] == 1 else 16)
        block = bytes((3, len(message))) + message + b"\xfe"
        self.memory[begin : begin + len(block)] = block

    def lock(self) -> None:
        """Make pages 3 to 15 read-only for good."""
        self.memory[10:12] = b"\xff\xff"

    def protect(self, first_page: int, *, reads: bool) -> None:
        """Put pages from `first_page` on under a password."""
        at = 4 * self.lock_page
        self.memory[at + 7] = first_page
        self.memory[at + 8] = 0x80 if reads else 0
        self.reset()

    def answer(self, command: bytes) -> bytes | None:
        """Answer as the data sheet says; what the chip does not know makes it mute."""
        kind = command[0]
        if kind == 0x30 and len(command) == 2:
            return self._read(command[1], command[1] + 3, wraps=True)
        if kind == 0x3A and len(command) == 3 and self.has_fast_read:
            return self._read(command[1], command[2], wraps=False)
        if kind == 0xA2 and len(command) == 6:
            return self._write(command[1], command[2:6])
        if command == b"\x60":
            return self.version
        if command == b"\x3c\x00":
            return self.signature
        self.is_mute = True
        return None

    def _refuse(self, code: bytes) -> bytes:
        self.is_mute = True
        return code

    def _read(self, first: int, last: int, *, wraps: bool) -> bytes:
        if first >= self.pages or first > last or (last >= self.pages and not wraps):
            return self._refuse(NAK_ARGUMENT)
        pages = [page % self.pages for page in range(first, last + 1)]
        if self._reads_need_password and any(page >= self._password_from for page in pages):
            return self._refuse(NAK_PASSWORD)
        return b"".join(self._page(page) for page in pages)

    def _page(self, page: int) -> bytes:
        if self.lock_page + 3 <= page < self.lock_page + 5:
            return bytes(4)  # password and acknowledgement read as zeros
        return bytes(self.memory[4 * page : 4 * page + 4])

    def _write(self, page: int, content: bytes) -> bytes:
        if not 2 <= page < self.pages:
            return self._refuse(NAK_ARGUMENT)
        is_locked = (
            page >= 3
            and page <= 15
            and bool(int.from_bytes(self.memory[10:12], "little") >> page & 1)
        )
        if is_locked or page >= self._password_from:
            return self._refuse(NAK_PASSWORD)
        if page in {2, 3}:  # one-time programmable
            for at in range(2 if page == 2 else 0, 4):
                self.memory[4 * page + at] |= content[at]
        else:
            self.memory[4 * page : 4 * page + 4] = content
        return ACK


class FakeType4Tag(FakeTag):
    """A blank type 4 tag with a plain NDEF file, in ISO 14443-4 blocks."""

    sens_res = b"\x44\x03"
    sel_res = b"\x20"
    ats = bytes.fromhex("067777710280")
    container = bytes.fromhex("001720010000ff0406e104010000000506e10500808283")

    def __init__(self, uid: bytes = bytes.fromhex("04de5f1eacc040")) -> None:
        super().__init__(uid)
        self.file = bytearray(256)
        self._selected = ""
        self._received = b""
        self._left = b""
        self._is_open = False

    def reset(self) -> None:
        """Be activated anew."""
        super().reset()
        self._selected, self._received, self._left, self._is_open = "", b"", b"", False

    def store(self, message: bytes) -> None:
        """Put a message on the tag without a reader."""
        self.file[: 2 + len(message)] = len(message).to_bytes(2, "big") + message

    def read_file(self) -> bytes:
        """Return the NDEF file's bytes as a reader gets them."""
        return bytes(self.file)

    def apdu(self, apdu: bytes) -> bytes:
        """Answer one APDU."""
        if apdu[:4] == bytes.fromhex("00a40400"):
            is_ndef = apdu[5:12] == bytes.fromhex("d2760000850101")
            self._selected = "application" if is_ndef else ""
            return b"\x90\x00" if is_ndef else b"\x6a\x82"
        if apdu[:2] == b"\x00\xa4" and self._selected:
            self._selected = {b"\xe1\x03": "container", b"\xe1\x04": "file"}.get(apdu[5:7], "")
            return b"\x90\x00" if self._selected else b"\x6a\x82"
        offset = int.from_bytes(apdu[2:4], "big")
        if apdu[:2] == b"\x00\xb0" and self._selected in {"container", "file"}:
            content = self.container if self._selected == "container" else self.read_file()
            return content[offset : offset + (apdu[4] or 256)] + b"\x90\x00"
        if apdu[:2] == b"\x00\xd6" and self._selected == "file":
            if self.container[14] or offset + apdu[4] > len(self.file):
                return b"\x69\x82"
            self.file[offset : offset + apdu[4]] = apdu[5 : 5 + apdu[4]]
            return b"\x90\x00"
        return b"\x6d\x00"

    def answer(self, command: bytes) -> bytes | None:
        """Answer one block; long answers are chained."""
        block = command[0]
        if block == 0xE0:
            self._is_open = True
            return self.ats
        if not self._is_open:
            return None
        if block & 0xE2 == 0x02:
            self._received += command[1:]
            if block & 0x10:
                return bytes((0xA2 | block & 1,))
            self._left, self._received = self.apdu(self._received), b""
            return self._next_piece(block & 1)
        if block & 0xF6 == 0xA2:
            return self._next_piece(block & 1)
        if block & 0xF6 == 0xB2:
            return bytes((0xA2 | block & 1,))
        self._is_open = False
        return b"\xc2" if block == 0xC2 else None

    def _next_piece(self, number: int) -> bytes:
        piece, self._left = self._left[:250], self._left[250:]
        return bytes((0x02 | number | (0x10 if self._left else 0),)) + piece


class FakeNtag424(FakeType4Tag):
    """NTAG 424 DNA that mirrors UID, counter and CMAC into its address (SUN)."""

    def __init__(
        self,
        uid: bytes = bytes.fromhex("04de5f1eacc040"),
        file_key: bytes = bytes(16),
        counter: int = 0,
    ) -> None:
        super().__init__(uid)
        self.file_key = file_key
        self.counter = counter
        self.frozen: bytes | None = None
        self._is_counted = False

    def reset(self) -> None:
        """Be activated anew: the next reading counts."""
        super().reset()
        self._is_counted = False

    def apdu(self, apdu: bytes) -> bytes:
        """Answer one APDU; to write takes a key, whatever the container says."""
        return b"\x69\x82" if apdu[:2] == b"\x00\xd6" else super().apdu(apdu)

    def read_file(self) -> bytes:
        """Mirror the present counter into the file; a clone gives what it once copied."""
        if self.frozen is not None:
            return self.frozen
        if not self._is_counted:
            self.counter += 1
            self._is_counted = True
        mac = sun_mac(self.file_key, self.uid, self.counter)
        address = f"tag.example/v?uid={self.uid.hex()}&ctr={self.counter:06x}&cmac={mac.hex()}"
        record = b"\xd1\x01" + bytes((len(address) + 1,)) + b"U\x04" + address.upper().encode()
        record = record.replace(b"TAG.EXAMPLE/V?UID=", b"tag.example/v?uid=")
        record = record.replace(b"&CTR=", b"&ctr=").replace(b"&CMAC=", b"&cmac=")
        return (len(record).to_bytes(2, "big") + record).ljust(256, b"\0")
