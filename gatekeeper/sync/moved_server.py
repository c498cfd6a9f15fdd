"""Where the server is now: a device follows a word that the server's own authority has signed.

The word comes in a QR code, from another gate, or from the former server, which has heard that it
is over. It only says where to ask: the connection there is trusted by the same authority as
before, and its answers are proven by the same keys. A word is kept until a place of it answers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final, Protocol, runtime_checkable

import msgspec

from gatekeeper.store.disk import Disk
from gatekeeper.store.profile import Profile
from gatekeeper.sync import url_paths
from gatekeeper.sync.transport import Transport
from gatekeeper.sync.typed_server_address import checked_url
from shared.kernel.errors import GatekeeperError, Rejected
from shared.kernel.instant import SECOND, Duration
from shared.kernel.ports import Clock
from shared.wire.signed_server_address import (
    ADDRESS_TAG,
    TEXT_MAX,
    AddressNotice,
    AddressWord,
    open_address,
)

FORMER_ADDRESS_EVERY: Final[Duration] = 20 * SECOND
"""While the server is away: how often it is asked at its former address whether it has moved."""
MOVED_SERVER_EVERY: Final[Duration] = 5 * SECOND
"""While the server is away: how often it is looked for where it has moved to."""

WORD_NAME: Final = "address.word"
FORMER_NAME: Final = "address.former"
"""Where the device asked before: a server that goes back there has nobody else to say so."""
_ANSWER_MAX: Final = 64 * 1024


@runtime_checkable
class Movable(Protocol):
    """A server's end that can go to another address."""

    async def move(self, url: str) -> None:
        """Ask there from now on."""


class Home(Protocol):
    """Who a device is, and where its server."""

    profile: Profile

    def move_server(self, url: str) -> None:
        """Keep where the server is now.

        Raises:
            StoreFault: if the disk refuses.
        """


class Mover:
    """Follows one device's server.

    Args:
        disk: The profile's folder.
        home: Who this device is.
        server: Its end of the server.
        clock: Monotonic time.
        on_moved: Called when the server answered at another address.
    """

    def __init__(
        self,
        disk: Disk,
        home: Home,
        server: object,
        clock: Clock,
        on_moved: Callable[[], None],
    ) -> None:
        self._disk, self._home, self._server, self._clock = disk, home, server, clock
        self._on_moved = on_moved
        self._tried_at: Duration | None = None
        self._asked_at: Duration | None = None
        self._text = self._told = ""
        self._word: AddressWord | None = None
        with contextlib.suppress(GatekeeperError, UnicodeDecodeError):
            self._hold((disk.read(WORD_NAME) or b"").decode("ascii"))

    @property
    def text(self) -> str:
        """The newest word, to be passed on; "" for none."""
        return self._text

    def take(self, text: str) -> bool:
        """Take a word; the server is looked for there by `tidy`.

        Returns:
            Whether it is newer than what was known.

        Raises:
            BadInput: if it is none, or not signed by this device's authority.
            StoreFault: if the disk refuses.
        """
        if not self._hold(text):
            return False
        self._disk.write(WORD_NAME, self._text.encode())
        self._tried_at = None
        return True

    def hear(self, text: str) -> bool:
        """Take what was scanned, if it is a server's address and a newer one."""
        with contextlib.suppress(GatekeeperError):
            return is_address(text) and self.take(text)
        return False

    async def tidy(self, *, is_up: bool) -> bool:
        """Look for the server where the newest word says, while it is not reached.

        A server that is reached hears of a word that names another place: if that is of a higher
        epoch, two have taken over, and this one grants nothing from then on.

        Returns:
            Whether the device has moved.
        """
        if not self._is_able:
            return False
        now = self._clock.monotonic()
        if is_up:
            await self._tell_own(now)
            return False
        if self._asked_at is None or now - self._asked_at >= FORMER_ADDRESS_EVERY:
            self._asked_at = now
            await self._ask_former()
        is_early = self._tried_at is not None and now - self._tried_at < MOVED_SERVER_EVERY
        if self._word is None or is_early:
            return False
        self._tried_at = now
        return await self._follow(self._word)

    @property
    def _is_able(self) -> bool:
        return self._home.profile.authority_pem is not None and isinstance(self._server, Movable)

    def _hold(self, text: str) -> bool:
        authority = self._home.profile.authority_pem
        if authority is None or not text:
            return False
        word = open_address(text, authority)
        if self._word is not None and word.order <= self._word.order:
            return False
        self._text, self._word = text.strip(), word
        return True

    async def _follow(self, word: AddressWord) -> bool:
        """Go to the first place that answers as the server."""
        former = self._home.profile.server_url
        assert isinstance(self._server, Movable), "asked before"
        for url in word.urls:
            with contextlib.suppress(GatekeeperError):
                place = checked_url(url)
                if place == former:
                    continue  # the sync asks there anyway
                await self._send("GET", place, url_paths.ADDRESS)
                self._disk.write(FORMER_NAME, former.encode())
                self._home.move_server(place)
                await self._server.move(place)
                self._on_moved()
                with contextlib.suppress(GatekeeperError):
                    await self._send("POST", former, url_paths.ADDRESS, _notice(self._text))
                return True
        return False

    async def _tell_own(self, now: Duration) -> None:
        """Tell the server that is asked of another one, once for each word."""
        url = self._home.profile.server_url
        if self._word is None or self._text == self._told or url in self._word.urls:
            return
        if self._tried_at is not None and now - self._tried_at < MOVED_SERVER_EVERY:
            return
        self._tried_at = now
        try:
            await self._send("POST", url, url_paths.ADDRESS, _notice(self._text))
        except Rejected:
            pass  # it has another authority, and always will
        except GatekeeperError:
            return
        self._told = self._text
        self._tried_at = None  # it may end now; the other one is gone to as soon as it does

    async def _ask_former(self) -> None:
        """Ask where it was, and before that: a server that is over says who took over."""
        places = [self._home.profile.server_url]
        with contextlib.suppress(GatekeeperError, UnicodeDecodeError):
            places.append((self._disk.read(FORMER_NAME) or b"").decode("ascii"))
        for url in filter(None, dict.fromkeys(places)):
            with contextlib.suppress(GatekeeperError, UnicodeDecodeError):
                found = await self._send("GET", checked_url(url), url_paths.ADDRESS)
                self.take(found.decode("ascii"))

    async def _send(self, method: str, url: str, path: str, content: bytes | None = None) -> bytes:
        transport = Transport(url, authority_pem=self._home.profile.authority_pem)
        try:
            return await transport.send(method, path, content, size_max=_ANSWER_MAX)
        finally:
            await transport.close()


def _notice(text: str) -> bytes:
    return msgspec.json.encode(AddressNotice(text))


def is_address(text: str) -> bool:
    """Tell whether a scanned text is a server's address rather than a ticket."""
    return text.startswith(ADDRESS_TAG) and len(text) <= TEXT_MAX
