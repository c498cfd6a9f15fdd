"""Who is there: boots, numbering, and which peers are live.

A peer is **live** to this gate if, within the window, it said in a fresh message that it hears
this gate's present boot and answers it. Hearing is always mutual and proven; an address, a
roster line or an mDNS record proves nothing.
"""

from __future__ import annotations

from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Duration
from shared.kernel.key_agreement import agree_on_key
from shared.lan.envelope import PURPOSE, Envelope, ReplayWindow
from shared.lan.ignored_messages import Ignored
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.lan.messages import Hello, MessageKind
from shared.lan.roster import Roster, RosterDevice


class PeerState:
    """What this gate knows of one other device of the roster.

    Attributes:
        device: Its line of the roster.
        zones: At which it stood by the rosters that were held since this gate's start.
        key: What it and this gate share; b"" where its public key is no good.
        boot: Its confirmed boot, or None.
        born: The highest that a confirmed boot of its has said; it orders its boots.
        heard_at: When it last sent anything fresh in that boot, or None.
        answers_me: Its newest hello said that it hears and answers this boot of ours.
        hello_counter: The number of its newest hello; 0 for none.
        version: Its roster's version.
        has_uplink: It reaches the ledger.
        dseq: Its journal's last number.
        took: How long its last answer to a claim took, however late it came; 0 once it was waited
            for so long in vain.
    """

    __slots__ = (
        "_said_before",
        "_window",
        "answers_me",
        "asks",
        "boot",
        "born",
        "device",
        "dseq",
        "fetched_at",
        "has_uplink",
        "heard_at",
        "hello_counter",
        "key",
        "leaps",
        "news",
        "replies",
        "replies_since",
        "took",
        "version",
        "window",
        "words",
        "zones",
    )

    def __init__(
        self,
        device: RosterDevice,
        key: SigningKey,
        settings: LanSettings = LanSettings(),  # noqa: B008 - frozen
    ) -> None:
        self.device = device
        self.zones = {device.zone_id}
        try:
            self.key = agree_on_key(key, device.public_key, PURPOSE)
        except BadInput:
            self.key = b""
        self.boot: bytes | None = None
        self.born = -1
        self.window = ReplayWindow(0)
        self.heard_at: Duration | None = None
        self.answers_me = False
        self.version = (0, 0)
        self.has_uplink = False
        self.dseq = 0
        self.replies = 0
        self.replies_since: Duration = Duration(0)
        self.fetched_at: Duration | None = None
        self.words = Budget(settings.word_every, settings.words_max)
        self.asks = Budget(settings.ask_every, settings.asks_max)
        self.leaps = Budget(settings.leap_every, settings.leaps_max)
        self.news = Budget(settings.entry_every, settings.entries_max)
        self.hello_counter = 0
        self.took: Duration = Duration(0)
        self._window = settings.live_window
        self._said_before: int | None = None

    def screen(self, envelope: Envelope, version: tuple[int, int]) -> Ignored | None:
        """Tell why a message may be ignored before its signature is even checked."""
        if envelope.boot == self.boot:
            if not self.window.is_new(envelope.counter):
                return Ignored.REPLAYED
        elif envelope.kind != MessageKind.HELLO:
            return Ignored.UNCONFIRMED
        if envelope.kind != MessageKind.HELLO and envelope.epoch != version[0]:
            return Ignored.WRONG_EPOCH
        return None

    def is_old(self, envelope: Envelope, now: Duration) -> bool:
        """Tell whether a verified hello is of an earlier boot while a later one is heard.

        Or of a copy of the device's folder that is at work beside it: one of them is the peer.
        """
        return self._is_earlier(envelope) and self.is_heard(now, self._window)

    def _is_earlier(self, envelope: Envelope) -> bool:
        return envelope.boot != self.boot and envelope.born <= self.born

    def take(self, envelope: Envelope, now: Duration) -> None:
        """Take a verified message of the confirmed boot."""
        self.window.take(envelope.counter)
        self.heard_at, self._said_before = now, None

    def take_hello(
        self, envelope: Envelope, hello: Hello, my_boot: bytes, now: Duration, said: int = 0
    ) -> tuple[bool, bool]:
        """Take a verified hello that is not `is_old`.

        A hello that echoes this gate's own random boot was made after this boot began; only such
        a one confirms a new boot of the peer's. One that was not born later than all before may
        be a recording of such an earlier boot, or of a device whose folder was put back to an
        older copy: it is confirmed by a hello that answers one which this gate had yet to say.

        Args:
            envelope: What it came in.
            hello: The hello.
            my_boot: This gate's.
            now: Monotonic time.
            said: The number of this gate's newest message.

        Returns:
            Whether the hello was taken (of a confirmed boot), and whether to greet back at once.
        """
        is_echo = hello.echo == my_boot
        is_first = envelope.boot != self.boot
        if is_first:
            if not (is_echo and self._is_fresh(envelope, hello, said)):
                return False, True
            self.boot, self.born = envelope.boot, max(self.born, envelope.born)
            self.window = ReplayWindow(envelope.counter)
            self.hello_counter = 0
            self.heard_at, self._said_before = now, None
        else:
            self.take(envelope, now)
        if envelope.counter > self.hello_counter:
            self.hello_counter = envelope.counter
            self.version = envelope.version
            self.has_uplink, self.dseq = hello.has_uplink, hello.dseq
            self.answers_me = is_echo and hello.is_confirmed and not hello.is_leaving
        return True, (is_first or not hello.is_confirmed) and not hello.is_leaving

    def _is_fresh(self, envelope: Envelope, hello: Hello, said: int) -> bool:
        if not self._is_earlier(envelope):
            return True
        if self._said_before is None:
            self._said_before = said
        return hello.answers > self._said_before

    def may_reply(self, now: Duration, settings: LanSettings) -> bool:
        """Count a hello in reply; False once there were enough of them for now."""
        if now - self.replies_since >= settings.hello_every:
            self.replies, self.replies_since = 0, now
        self.replies += 1
        return self.replies <= settings.replies_max

    def is_heard(self, now: Duration, window: Duration) -> bool:
        """Tell whether anything fresh came within the window."""
        return self.heard_at is not None and now - self.heard_at <= window

    def is_live(self, now: Duration, window: Duration) -> bool:
        """Tell whether the peer is live: hearing is proven both ways."""
        return self.answers_me and self.is_heard(now, window)


class Budget:
    """How much is taken of what a peer sends: a burst, then a trickle."""

    __slots__ = ("_every", "_most", "_refilled_at", "_spent")

    def __init__(self, every: Duration, most: int) -> None:
        self._every, self._most = every, most
        self._spent = 0
        self._refilled_at = 0

    def spend(self, count: int, now: Duration) -> bool:
        """Take so much, if it is left."""
        if not self.has(count, now):
            return False
        self._spent += count
        return True

    def has(self, count: int, now: Duration) -> bool:
        """Tell whether so much is left."""
        gained = (now - self._refilled_at) // self._every
        self._refilled_at += gained * self._every
        self._spent = max(0, self._spent - gained)
        return self._spent + count <= self._most

    def refund(self) -> None:
        """Give one back, such as a word that was proven."""
        self._spent = max(0, self._spent - 1)


class Presence:
    """All other devices of the roster.

    Attributes:
        roster: The newest roster.
        peers: By device id.
    """

    def __init__(
        self, device_id: DeviceId, key: SigningKey, roster: Roster, settings: LanSettings
    ) -> None:
        self._device_id, self._key, self._settings = device_id, key, settings
        self.peers: dict[str, PeerState] = {}
        self._met: dict[tuple[str, bytes], PeerState] = {}
        self.keys: dict[str, bytes] = {}
        self.set_roster(roster)

    def set_roster(self, roster: Roster) -> None:
        """Take a roster; who is no longer in it is no peer, who is new is not yet heard.

        Who comes back is who they were: else what was recorded of them before would be fresh. A
        device that is not in the roster itself has no peers.
        """
        self.roster = roster
        self.keys = {device.device_id: device.public_key for device in roster.devices}
        others = [d for d in roster.devices if d.device_id != self._device_id]
        if self._device_id not in self.keys:
            others = []
        self.peers = {}
        for device in others:
            who = device.device_id, device.public_key
            state = self._met.get(who)
            if state is None:
                state = self._met[who] = PeerState(device, self._key, self._settings)
            state.device = device
            state.zones.add(device.zone_id)
            self.peers[device.device_id] = state

    def live(self, now: Duration) -> list[str]:
        """List the live peers."""
        window = self._settings.live_window
        return [name for name, peer in self.peers.items() if peer.is_live(now, window)]

    def greet(self, peer: PeerState, now: Duration, heard: bytes = b"") -> tuple[bytes, bool]:
        """Tell what a hello to a peer must echo, and whether that boot of its is confirmed.

        Args:
            peer: To whom.
            now: Monotonic time.
            heard: The boot of a hello that is being answered; it may be an unconfirmed one.
        """
        if heard and heard != peer.boot:
            return heard, False
        if peer.boot is None or not peer.is_heard(now, self._settings.live_window):
            return b"", False
        return peer.boot, True
