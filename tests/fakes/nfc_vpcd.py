"""A smart card service of a test's own with a virtual reader, and cards to lay on it.

Starts the real `pcscd` with vsmartcard's `vpcd` driver: no root, its own socket, its own port, so
that a service that the machine runs is left alone. Needs Debian's `pcscd` and `vsmartcard-vpcd`.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.factories.free_ports import free_port
from tests.factories.waiting import until
from tests.fakes.nfc_tags import FakeTag, FakeType4Tag

READER_NAME: Final = "ACS ACR122U PICC Interface"
PLAIN_READER_NAME: Final = "Identive Contactless Reader"
_DRIVER_NAME: Final = "libifdvpcd.so"
_ATR_STORAGE: Final = bytes.fromhex("3b8f8001804f0ca0000003060300030000000068")
_ATR_TYPE_4: Final = bytes.fromhex("3b8180018080")
_ATTEMPTS: Final = 5
_QUICK_ACK: Final = 12
"""TCP_QUICKACK: pcscd sends length and data apart, and would wait 40 ms for each."""


class SmartCardService:
    """The daemon; started and stopped as often as a test likes, always at the same socket.

    Args:
        folder: Where its socket is.
        reader_name: Of the reader that cards are laid on.
        slot_before: Of another that the service names before it; "" for none.
    """

    def __init__(
        self, folder: Path, reader_name: str = READER_NAME, slot_before: str = ""
    ) -> None:
        self.socket_path = folder / "pcscd.comm"
        self._config_path = folder / "reader.conf"
        self._readers = [name for name in (slot_before, reader_name) if name]
        self._process: subprocess.Popen[bytes] | None = None
        self._choose_ports()

    def start(self) -> None:
        """Start it and wait until its virtual reader listens."""
        for _ in range(_ATTEMPTS):
            process = self._process = self._run()
            try:
                if self._listens(process):
                    return
            except BaseException:
                self.stop()
                raise
            self.stop()  # another program may have taken a port meanwhile
            self._choose_ports()
        raise AssertionError(self._log())

    def _choose_ports(self) -> None:
        # The driver has two slots, at two ports.
        ports = [free_port(and_next=True) for _ in self._readers]
        self.port = ports[-1]
        self._log_path = self.socket_path.with_name(f"pcscd.{self.port}.log")
        self._config_path.write_text(
            "".join(
                f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:{port:#x}\n'
                f"LIBPATH {_driver_path()}\nCHANNELID {port:#x}\n"
                for name, port in zip(self._readers, ports, strict=True)
            )
        )

    def _run(self) -> subprocess.Popen[bytes]:
        self.socket_path.unlink(missing_ok=True)
        options = ["--foreground", "--info", "--config", str(self._config_path)]
        program = _program("pcscd")
        told = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
        if "--disable-polkit" in told.stdout:
            options.append("--disable-polkit")
        with socket.socket(socket.AF_UNIX) as listener, self._log_path.open("wb") as log:
            listener.bind(str(self.socket_path))
            listener.listen(8)
            # It takes a socket that is handed over as descriptor 3, as systemd does.
            command = shlex.join([program, *options])
            script = f"exec 3<&{listener.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec {command}"
            return subprocess.Popen(
                ["bash", "-c", script],
                pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _listens(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait until all drivers wait for a card; the attempts themselves are not cards."""

        def is_up() -> bool:
            assert process.poll() is None, f"pcscd has ended:\n{self._log()}"
            return "daemon ready" in self._log()

        until(is_up)
        return "Could not initialize connection" not in self._log()

    def _log(self) -> str:
        return self._log_path.read_text(errors="replace")

    def stop(self) -> None:
        """End it, as when the service crashes or is restarted."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    def has_noticed_removal(self) -> bool:
        """Tell whether the service knows that no card lies there, or is not running.

        It looks every 400 ms, and a card that is changed for another in between may stay unseen.
        """
        said = self._log()
        is_even = said.count("Card inserted into") == said.count("Card Removed From")
        return is_even or self._process is None


class VpcdCard:
    """A contactless card on the virtual reader, in front of a fake tag.

    Answers the pseudo-APDUs with which PC/SC readers reach a storage card's memory, and ACS's
    direct transmit; a type 4 tag gets its APDUs as they are.

    Attributes:
        tag: The tag behind it.
        apdus: What it was asked.
        uid_answer: Given instead of the UID, if set.
    """

    def __init__(self, tag: FakeTag, service: SmartCardService) -> None:
        self._service = service
        self.tag = tag
        self.apdus: list[bytes] = []
        self.uid_answer: bytes | None = None
        self._socket = socket.create_connection(("127.0.0.1", service.port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Take it off the reader, and wait until the service has noticed; may be called twice."""
        if self._socket.fileno() < 0:
            return
        with suppress(OSError):  # the service may have gone first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()
        until(self._service.has_noticed_removal)

    def _serve(self) -> None:
        try:
            while True:
                message = self._receive(int.from_bytes(self._receive(2), "big"))
                if len(message) > 1:
                    self.apdus.append(message)
                    self._send(self._answer(message))
                elif message == b"\x04":
                    is_type_4 = isinstance(self.tag, FakeType4Tag)
                    self._send(_ATR_TYPE_4 if is_type_4 else _ATR_STORAGE)
                else:
                    self.tag.reset()
        except (EOFError, OSError):
            return

    def _receive(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
            piece = self._socket.recv(size - len(received))
            if not piece:
                raise EOFError
            received += piece
        return received

    def _send(self, message: bytes) -> None:
        self._socket.sendall(len(message).to_bytes(2, "big") + message)

    def _answer(self, apdu: bytes) -> bytes:
        if apdu[:2] == b"\xff\xca":
            known = self.tag.uid + b"\x90\x00" if self.tag.present else b"\x63\x00"
            return self.uid_answer or known
        if isinstance(self.tag, FakeType4Tag):
            return self.tag.apdu(apdu)
        if apdu[:2] == b"\xff\xb0":
            answer = self.tag.process(bytes((0x30, apdu[3])))
            is_read = answer is not None and len(answer) == 16
            return answer[: apdu[4] or 16] + b"\x90\x00" if answer and is_read else b"\x63\x00"
        if apdu[:2] == b"\xff\xd6":
            answer = self.tag.process(bytes((0xA2, apdu[3])) + apdu[5:9])
            return b"\x90\x00" if answer == b"\x0a" else b"\x63\x00"
        if apdu[:4] == b"\xff\x00\x00\x00" and apdu[5:7] == b"\xd4\x42":
            answer = self.tag.process(apdu[7 : 5 + apdu[4]])
            return (b"\xd5\x43\x01" if answer is None else b"\xd5\x43\x00" + answer) + b"\x90\x00"
        return b"\x6d\x00"


def _program(name: str) -> str:
    for folder in (*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/sbin"):
        path = Path(folder) / name
        if path.is_file():
            return str(path)
    message = f"{name} is not installed; run: scripts/system_packages.sh test"
    raise AssertionError(message)


def _driver_path() -> Path:
    path = Path("/usr/lib/pcsc/drivers/serial") / _DRIVER_NAME
    assert path.is_file(), f"{path} is missing; run: scripts/system_packages.sh test"
    return path
