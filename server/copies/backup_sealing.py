"""Backups that nobody reads or alters without the recovery key, or the passphrase.

The form: `MAGIC`; the length of the head (4 bytes, big-endian); the head (MessagePack); then
libsodium's secretstream (XChaCha20-Poly1305): its 24 bytes, and pieces of `PIECE_SIZE` bytes, each
with 17 of its own. The head is under every piece's proof. The last piece says that it is the
last, so that a copy that was cut is found out as well as one that was altered.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import msgspec
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from nacl import bindings
from nacl.exceptions import CryptoError

from command_line.exit_statuses import say_line
from server.settings import SECRET_SIZE, Settings, load_secret
from shared.kernel.ed25519 import sha256
from shared.kernel.errors import BadInput, Malformed
from shared.kernel.instant import Instant
from shared.kernel.packing import pack, unpack
from shared.kernel.ports import Entropy

MAGIC: Final = b"GKBACK\x00\x01"
HEAD_SIZE_MAX: Final = 1_024
PIECE_SIZE: Final = 1 << 20
KEY_NAME: Final = "backup"
PASSPHRASE_LENGTH_MIN: Final = 12
"""Characters: whoever has the backup may guess for years."""
SCRYPT_COST: Final = 1 << 17
"""With 8 KiB blocks: 128 MiB and about half a second for each guess (RFC 7914)."""
_BLOCKS: Final = 8
_SALT_SIZE: Final = 16
_NAME_SIZE: Final = 8
_FINAL: Final = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_MESSAGE: Final = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_STREAM_HEAD_SIZE: Final = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_PROOF_SIZE: Final = bindings.crypto_secretstream_xchacha20poly1305_ABYTES


class BackupHead(msgspec.Struct, frozen=True, array_like=True):
    """What opens a backup.

    Attributes:
        key_name: The first bytes of the recovery key's SHA-256; empty under a passphrase.
        salt: Of the passphrase; empty under a recovery key.
        cost: scrypt's N, at most `SCRYPT_COST`: more is not this program's.
        made_at: When a copy was made, in µs, to tell the newer of two; 0 for other backups.
    """

    key_name: bytes
    salt: bytes = b""
    cost: int = 0
    made_at: Instant = Instant(0)


_HEAD: Final = msgspec.msgpack.Decoder(BackupHead)


class Seal(msgspec.Struct, frozen=True):
    """A key, and the head that names it."""

    head: BackupHead
    key: bytes


def seal_by_key(settings: Settings, entropy: Entropy) -> Seal:
    """Return the seal of the data folder's recovery key, made with the first backup.

    Raises:
        StoreFault: if it can be neither read nor made.
    """
    is_new = not key_file(settings).exists()
    key = load_secret(settings.data_folder, KEY_NAME, entropy)
    if is_new:
        say_line(
            "gatekeeper-server",
            (
                f"{key_file(settings)} is new, and opens all backups: keep a copy of its"
                " folder, but not where backups are kept"
            ),
        )
    return Seal(BackupHead(_name_of(key)), key)


def seal_by_passphrase(passphrase: str, entropy: Entropy) -> Seal:
    """Return a seal of its own for one backup.

    Raises:
        BadInput: if the passphrase is too short.
    """
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise BadInput(f"a passphrase must have at least {PASSPHRASE_LENGTH_MIN} characters")
    head = BackupHead(b"", entropy.random_bytes(_SALT_SIZE), SCRYPT_COST)
    return Seal(head, passphrase_key(head, passphrase))


def key_file(settings: Settings) -> Path:
    """Return where the recovery key lies."""
    return settings.data_folder / "secrets" / f"{KEY_NAME}.key"


def write_sealed(source: IO[bytes], target: IO[bytes], seal: Seal) -> None:
    """Copy `source` to its end, sealed.

    Raises:
        OSError: if it cannot be read or written.
    """
    head = pack(seal.head)
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    begin = bindings.crypto_secretstream_xchacha20poly1305_init_push(state, seal.key)
    target.write(MAGIC + len(head).to_bytes(4, "big") + head + begin)
    for piece, is_last in _pieces(source, PIECE_SIZE):
        tag = _FINAL if is_last else _MESSAGE
        target.write(bindings.crypto_secretstream_xchacha20poly1305_push(state, piece, head, tag))


def is_sealed(file: Path) -> bool:
    """Tell a sealed backup from one of an earlier version.

    Raises:
        OSError: if it cannot be read.
    """
    with file.open("rb") as source:
        return source.read(len(MAGIC)) == MAGIC


def read_head(file: Path) -> BackupHead:
    """Read what opens a sealed backup.

    Raises:
        BadInput: if it is damaged.
        OSError: if it cannot be read.
    """
    with file.open("rb") as source:
        return _read_head(source, file)[0]


def opening_key(head: BackupHead, settings: Settings, recovery_key: Path | None) -> bytes:
    """Return the recovery key that a backup names.

    Args:
        head: Of the backup, one that is not under a passphrase.
        settings: Whose data folder holds the key, unless `recovery_key` says otherwise.
        recovery_key: A file that holds it.

    Raises:
        BadInput: if it is missing, damaged, or another one.
    """
    place = recovery_key or key_file(settings)
    name_it = (
        f"give the kept secrets/{KEY_NAME}.key of the data folder that made it with"
        " --recovery-key FILE"
    )
    try:
        key = bytes.fromhex(place.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        raise BadInput(f"there is no recovery key at {place}: {name_it}") from None
    except OSError as error:
        raise BadInput(f"{place} cannot be read: {error.strerror}; {name_it}") from None
    except ValueError:
        key = b""
    if len(key) == SECRET_SIZE and _name_of(key) == head.key_name:
        return key
    raise BadInput(f"{place} is not the recovery key of this backup: {name_it}")


def passphrase_key(head: BackupHead, passphrase: str) -> bytes:
    """Return the key of a backup under a passphrase; a wrong one opens nothing."""
    stretcher = Scrypt(salt=head.salt, length=SECRET_SIZE, n=head.cost, r=_BLOCKS, p=1)
    return stretcher.derive(passphrase.encode())


def open_sealed(file: Path, target: IO[bytes], key: bytes) -> None:
    """Copy what a backup holds; of a damaged one nothing may be used, though some is written.

    Raises:
        BadInput: if the key or passphrase is wrong, or the backup damaged, cut or altered.
        OSError: if it cannot be read or written.
    """
    is_ended = False
    with file.open("rb") as source:
        for plain, is_last in _opened(source, file, key):
            target.write(plain)
            is_ended = is_last
    if not is_ended:
        raise BadInput(
            f"{file} cannot be opened: the passphrase or key is wrong, or the file is damaged"
        )


def open_beginning(file: Path, key: bytes) -> bytes:
    """Return how begins what a backup holds; nothing if it does not open.

    Raises:
        BadInput: if its head is damaged.
        OSError: if it cannot be read.
    """
    with file.open("rb") as source:
        return next(_opened(source, file, key), (b"", False))[0]


def _opened(source: IO[bytes], file: Path, key: bytes) -> Iterator[tuple[bytes, bool]]:
    """Yield what a backup holds in pieces, and whether it ends there; up to what is damaged."""
    _, head = _read_head(source, file)
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    begin = source.read(_STREAM_HEAD_SIZE)
    if len(begin) < _STREAM_HEAD_SIZE:
        return
    try:
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, begin, key)
        for piece, is_last in _pieces(source, PIECE_SIZE + _PROOF_SIZE):
            plain, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, piece, head)
            yield plain, is_last and tag == _FINAL
    except (CryptoError, ValueError):
        yield b"", False


def _read_head(source: IO[bytes], file: Path) -> tuple[BackupHead, bytes]:
    size = int.from_bytes(source.read(len(MAGIC) + 4)[len(MAGIC) :], "big")
    packed = source.read(min(size, HEAD_SIZE_MAX))
    try:
        head = unpack(packed, _HEAD, "the head of a backup")
    except Malformed as error:
        raise BadInput(f"{file} is damaged at its beginning") from error
    is_stretched = len(head.salt) == _SALT_SIZE and head.cost == SCRYPT_COST
    if not is_stretched and len(head.key_name) != _NAME_SIZE:
        raise BadInput(f"{file} is damaged at its beginning, or from a newer version")
    return head, packed


def _pieces(source: IO[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield what is read, each piece whole, and whether it is the last."""
    piece = _read_whole(source, size)
    while True:
        following = _read_whole(source, size)
        yield piece, not following
        if not following:
            return
        piece = following


def _read_whole(source: IO[bytes], size: int) -> bytes:
    """Read `size` bytes, or to the end: a pipe gives less at a time."""
    parts: list[bytes] = []
    while size:
        part = source.read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _name_of(key: bytes) -> bytes:
    return sha256(b"gatekeeper backup key " + key)[:_NAME_SIZE]
