"""A relay behind an address of the venue's network: asked to open, perhaps asked who passed."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import msgspec

from gatekeeper.turnstile.arm_and_relay_times import RELAY_TIMEOUT, SENSOR_TIMEOUT
from gatekeeper.turnstile.passage_sensor import Contact, watch_passage
from gatekeeper.turnstile.ports import ArmPause, ArmUnsure
from shared.kernel.errors import BadInput, EnvironmentFault
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.kernel.trouble import TroubleKind
from shared.kernel.undecodable import UNDECODABLE

_POLL: Final[Duration] = 50 * MILLISECOND
_ANSWER_SIZE_MAX: Final = 4_096
_FIELDS: Final = ("passed", "input", "state", "value")


Connect = Callable[[str, int], http.client.HTTPConnection]


Elapsed = Callable[[], Duration]


class _Line(socket.socket):
    """A relay's line that is waited at for so long in all: its answer may come byte by byte."""

    def __init__(self, made: socket.socket, elapsed: Elapsed, seconds: float) -> None:
        super().__init__(made.family, made.type, made.proto, made.detach())
        self._elapsed = elapsed
        self.settimeout(seconds)

    def settimeout(self, seconds: float | None) -> None:
        """Wait so long from now on."""
        super().settimeout(seconds)
        self._ends = self._elapsed() + round((seconds or 0) * SECOND)

    def recv_into(self, *where: Any, **more: Any) -> int:
        """Read what has come, or comes while there is time."""
        left = self._ends - self._elapsed()
        if left <= 0:
            raise TimeoutError
        super().settimeout(left / SECOND)
        return super().recv_into(*where, **more)


class _Connection(http.client.HTTPConnection):
    """A connection whose timeout is for all of an answer."""

    def __init__(self, host: str, port: int, *, elapsed: Elapsed) -> None:
        super().__init__(host, port, timeout=RELAY_TIMEOUT / SECOND)
        self._elapsed = elapsed

    def connect(self) -> None:
        """Reach the relay."""
        super().connect()
        self.sock: socket.socket = _Line(self.sock, self._elapsed, RELAY_TIMEOUT / SECOND)


class HttpRelay:
    """Fulfils `ports.ArmRelay`, for relays such as Shelly's: `http://10.0.0.5/relay/0?turn=on`.

    Args:
        url: Opens the arm for one person when it is fetched.
        sensor_url: Says whether somebody passes: `1` or `0`, `true` or `false`, or JSON with one
            of these as `passed`, `input`, `state` or `value`; None without a sensor.
        elapsed: Tells a monotonic time: a question takes some of it, too.
        connect: Makes a connection to a host and a port, which opens itself.
        pause: Waits between two questions; None for a machine's own time.

    Raises:
        BadInput: if an address is not of http.
    """

    def __init__(
        self,
        url: str,
        sensor_url: str | None = None,
        *,
        elapsed: Elapsed,
        connect: Connect | None = None,
        pause: ArmPause | None = None,
    ) -> None:
        self._url = _split(url)
        self._sensor = None if sensor_url is None else _split(sensor_url)
        self._connect = connect or partial(_Connection, elapsed=elapsed)
        self._pause = pause or threading.Event()
        self._contact = Contact(
            self._ask_sensor,
            place=self._url.netloc,
            poll=_POLL,
            elapsed=elapsed,
            pause=self._pause,
        )
        self._was_closed = False

    @property
    def has_sensor(self) -> bool:
        """Whether there is an address to ask."""
        return self._sensor is not None

    def lock(self) -> None:
        """Do nothing: it locks by itself."""

    def open_once(self) -> None:
        """Fetch the address that opens, after a look at the sensor.

        One that has been asked and is silent may have opened; so may one that sends elsewhere, or
        fails, when it has switched. Nobody asks the sensor meanwhile, so its silence is short.
        """
        self._was_closed = True
        with contextlib.suppress(EnvironmentFault):  # whoever waits for it then is told
            self._was_closed = self.has_sensor and self._contact.look()
        try:
            self._fetch(self._url, unanswered=ArmUnsure)
        finally:
            self._contact.begin()

    def wait_for_passage(self, timeout: Duration) -> bool:
        """Ask the sensor again and again, and once more when the arm has locked."""
        return watch_passage(self._contact.waits_for, timeout, was_closed=self._was_closed)

    def _ask_sensor(self) -> bool:
        assert self._sensor is not None
        return _says_yes(self._fetch(self._sensor), self._sensor)

    def close(self) -> None:
        """Stop waiting."""
        self._pause.set()

    def _fetch(
        self, url: SplitResult, unanswered: type[EnvironmentFault] = EnvironmentFault
    ) -> bytes:
        connection = self._connect(url.hostname or "", url.port or 80)
        path, silence = url.path or "/", EnvironmentFault
        if url is self._sensor:  # who passes while it is waited for is not seen
            connection.timeout = SENSOR_TIMEOUT / SECOND
        try:
            connection.connect()
            if self.has_sensor:
                connection.sock.settimeout(SENSOR_TIMEOUT / SECOND)
            silence = unanswered
            connection.request("GET", f"{path}?{url.query}" if url.query else path)
            answer = connection.getresponse()
            body = answer.read(_ANSWER_SIZE_MAX)
        except (OSError, http.client.HTTPException, UnicodeError) as fault:
            message = f"the turnstile's relay at {url.netloc} does not answer; check its network"
            raise silence(message, kind=TroubleKind.RELAY_NETWORK) from fault
        finally:
            connection.close()
        if not 200 <= answer.status < 300:
            if not 400 <= answer.status < 500:
                message = f"the turnstile's relay at {url.netloc} answers {answer.status}"
                raise silence(message, kind=TroubleKind.RELAY_FAULT)
            message = f"the turnstile's relay at {url.netloc} refuses ({answer.status})"
            raise EnvironmentFault(message, kind=TroubleKind.RELAY_REFUSES)
        return body


def _split(url: str) -> SplitResult:
    message = f"a relay's address looks like http://10.0.0.5/relay/0?turn=on, not {url[:80]!r}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadInput(message) from None
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme != "http" or not parts.hostname or port == 0 or not is_plain:
        raise BadInput(message)
    return parts


def _says_yes(body: bytes, asked: SplitResult) -> bool:
    """Tell what a sensor says; what is neither yes nor no is no word on who passed."""
    try:
        said = msgspec.json.decode(body)
    except UNDECODABLE:
        said = None
    if isinstance(said, dict):
        said = next((said[field] for field in _FIELDS if field in said), None)
    if not isinstance(said, int | float) or said not in {0, 1}:
        message = f"the turnstile's sensor at {asked.netloc} answers neither yes nor no"
        raise EnvironmentFault(message, kind=TroubleKind.RELAY_SENSOR)
    return bool(said)
