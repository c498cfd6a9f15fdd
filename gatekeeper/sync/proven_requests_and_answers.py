"""The device's end of what it shares with the server: it proves requests and checks answers.

An answer that is not proven counts as none, whatever it says: somebody in between may have
written it. The server's channel key comes with the enrolment, and by a document of the root's
for devices that were enrolled before there was one.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.store.disk import Disk
from gatekeeper.store.profile import Profile
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadInput
from shared.kernel.instant import Instant
from shared.kernel.packing import pack, unpack
from shared.kernel.ports import Entropy
from shared.manifest.signed_document import Certified
from shared.wire.enrol_code import CodeKeys, prove_enrolment
from shared.wire.proof import (
    NONCE_SIZE,
    channel_secret,
    is_answer_proven,
    open_channel_certificate,
    prove_request,
)

CHANNEL_NAME: Final = "channel.certificate"
_CERTIFIED: Final = msgspec.msgpack.Decoder(Certified)


class ProvenRequest(msgspec.Struct, frozen=True):
    """A request's proof, and what its answer is checked with.

    Attributes:
        header: The value of the request's proof header.
    """

    header: str
    code: bytes
    secret: bytes

    def is_answered(self, status: int, body: bytes, header: str) -> bool:
        """Tell whether an answer is the server's to this very request."""
        return is_answer_proven(self.secret, self.code, status, body, header)


class CodeChannel:
    """What a machine shares with the server that issued a code, until it is a device."""

    def __init__(self, keys: CodeKeys, entropy: Entropy) -> None:
        self._keys = keys
        self._entropy = entropy

    def prove(self, body: bytes) -> ProvenRequest:
        """Prove a request to be enrolled under a fresh nonce."""
        proof = prove_enrolment(self._keys, self._entropy.random_bytes(NONCE_SIZE), body)
        return ProvenRequest(proof.format(), proof.code, self._keys.secret)


class DeviceChannel:
    """What one device shares with its server."""

    def __init__(
        self, disk: Disk | None, profile: Profile, key: SigningKey, entropy: Entropy
    ) -> None:
        """Begin with the certificate that the folder holds, if it is a good one.

        Args:
            disk: The profile's folder, or None to keep nothing.
            profile: Names the root that is pinned.
            key: The device's own.
            entropy: Draws nonces.
        """
        self._disk = disk
        self._profile = profile
        self._key = key
        self._entropy = entropy
        self._number = 0
        self._since: Instant = Instant(0)
        self._secret = b""
        kept = None if disk is None else disk.read(CHANNEL_NAME)
        if kept is not None:
            # Damaged, it is fetched again, like one that was never there.
            try:
                self._adopt(unpack(kept, _CERTIFIED, "channel certificate"))
            except BadInput:
                return

    @property
    def is_known(self) -> bool:
        """Whether the server's channel key is known, so that requests can be proven."""
        return self._number > 0

    def take(self, certified: Certified) -> bool:
        """Go on with a newer channel key, and keep it.

        Returns:
            Whether it is newer than the one held.

        Raises:
            BadSignature: if the pinned root has not signed it for this organization.
            Malformed: if it is not of its form.
            StoreFault: if the disk refuses.
        """
        if not self._adopt(certified):
            return False
        if self._disk is not None:
            self._disk.write(CHANNEL_NAME, pack(certified))
        return True

    def prove(self, method: str, target: str, body: bytes) -> ProvenRequest:
        """Prove a request under a fresh nonce; the channel key must be known."""
        assert self.is_known
        nonce = self._entropy.random_bytes(NONCE_SIZE)
        proof = prove_request(self._secret, self._number, nonce, method, target, body)
        return ProvenRequest(proof.format(), proof.code, self._secret)

    def _adopt(self, certified: Certified) -> bool:
        certificate = open_channel_certificate(
            certified,
            root_public_key=self._profile.root_key,
            organization_id=self._profile.organization_id,
        )
        # Somebody in between may show one that was retired: an older one is never taken.
        if self.is_known and certificate.not_before <= self._since:
            return False
        self._secret = channel_secret(self._key, certificate.public_key)
        self._number, self._since = certificate.key_id, certificate.not_before
        return True
