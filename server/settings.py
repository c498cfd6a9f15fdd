"""All settings of the server in one frozen value, read once at start.

Everything has a default that works offline on one machine: SQLite in the data folder, loopback,
and secrets that the first start makes itself. A setting is an environment variable
`GATEKEEPER_<NAME>`; `GATEKEEPER_<NAME>_FILE` names a file that holds it instead.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import msgspec
from cryptography.x509 import load_pem_x509_certificate

from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.ports import Entropy

PREFIX: Final = "GATEKEEPER_"
SECRET_SIZE: Final = 32
ADDRESS_FILE: Final = "address.word"
"""Where the server is now, signed by its authority."""
_SIGN_INS: Final = "access_token"
PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600
RATE_LIMIT_PER_MINUTE: Final = 600
"""Of one person's or program's requests, unless the operator says another."""
POOL_SIZE: Final = 4
"""PostgreSQL connections per worker, unless the operator says another."""
POOL_SIZE_MAX: Final = 200
_OTHERS: Final = 0o077


WORKERS_MAX: Final = 64
_ANY_ORIGIN: Final = "*"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator sets of a server, by options and variables.

    Attributes:
        database: `sqlite:///FILE` or `postgresql://…`, without a driver's name.
        data_folder: Where the SQLite file, secrets, locks and side files live.
        public_url: The address that others see, without a slash at the end; decides whether
            cookies are `Secure` and HSTS is sent.
        access_token_secret: 32 bytes that sign access tokens; the same on all workers.
        trusted_proxies: Addresses whose `X-Forwarded-For` counts.
        allowed_origins: Browser origins that may call the API from elsewhere.
        metrics_token: When set, `/metrics` needs it as a bearer token; else loopback only.
        workers: How many worker processes share the database.
        pool_size: PostgreSQL connections per worker.
        registration_is_open: Whether anybody may make an account; else who was invited.
        rate_limit_per_minute: Requests one client may make to the REST API.
        authority_pem: The certificate authority that devices are told to pin, where the server's
            certificate is a venue's own; None where the system's roots are used.
        is_plain_allowed: Whether HTTP without TLS is served beyond this machine.
        mail_server: `smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`, or None: no mail is sent.
        mail_from: The address that mails come from.
        webhook_networks: Networks besides the internet that webhooks may send messages into.
        finds_address: It listens at every address of its machine and was told no public one, so
            that enrolment lines name the addresses which the machine has today.
    """

    database: str
    data_folder: Path
    public_url: str = "http://127.0.0.1:8000"
    access_token_secret: bytes = b""
    trusted_proxies: frozenset[str] = frozenset()
    allowed_origins: frozenset[str] = frozenset()
    metrics_token: str | None = None
    workers: int = 1
    pool_size: int = POOL_SIZE
    registration_is_open: bool = False
    rate_limit_per_minute: int = RATE_LIMIT_PER_MINUTE
    authority_pem: str | None = None
    is_plain_allowed: bool = False
    mail_server: str | None = None
    mail_from: str | None = None
    webhook_networks: frozenset[str] = frozenset()
    finds_address: bool = False

    @property
    def is_https(self) -> bool:
        """Tell whether clients reach us over TLS."""
        return self.public_url.startswith("https://")

    @property
    def refuses_plain(self) -> bool:
        """Tell whether what comes in clear from elsewhere is refused; see `SecureRequests`."""
        return self.is_https and (not self.is_plain_allowed or bool(self.trusted_proxies))

    @property
    def is_alone(self) -> bool:
        """Tell whether one process serves this database, and no other can."""
        return self.workers == 1 and self.sqlite_file is not None

    @property
    def sqlite_file(self) -> Path | None:
        """Return the SQLite file, or None on PostgreSQL."""
        return sqlite_file_of(self.database)


def default_data_folder(environment: Mapping[str, str]) -> Path:
    """Return where data is kept unless `GATEKEEPER_DATA` says otherwise."""
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA") or str(Path.home())
    else:
        base = environment.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "gatekeeper-server"


def _by_real_name(url: str) -> str:
    """Name the file that a link leads to.

    What keeps others from it lies beside it: by another name a server would find nobody there.

    Raises:
        BadInput: if the URL is of no kind that we know, or the link leads nowhere.
    """
    file = sqlite_file_of(url)
    if file is None or not file.is_symlink():
        return url
    try:
        return f"sqlite:///{file.resolve()}"
    except (OSError, RuntimeError):
        message = f"{file} is a link to itself; name the database's file, or remove that link"
        raise BadInput(message) from None


def sqlite_file_of(url: str) -> Path | None:
    """Return the file that a `sqlite:///FILE` URL names; None for other databases.

    Raises:
        BadInput: if the URL is of no kind that we know, or names no file.
    """
    if url.startswith("sqlite:///"):
        name = url.removeprefix("sqlite:///")
        if name and name != ":memory:":
            return Path(name)
    elif url.startswith(("postgresql://", "postgres://")):
        _check_postgres(url)
        return None
    # The URL may hold a password, so only its scheme is repeated.
    raise BadInput(
        f"unknown kind of database: {url.split(':', 1)[0]!r}; write sqlite:///FILE, with"
        " three slashes, or postgresql://USER@HOST/NAME"
    )


_NO_POSTGRES_URL: Final = (
    "the database's URL cannot be read: it is postgresql://USER:PASSWORD@HOST:PORT/NAME; in USER"
    " and PASSWORD write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23"
)
_SEVERAL_HOSTS: Final = (
    "the database's URL names several hosts: name one,"
    " postgresql://USER:PASSWORD@HOST:PORT/NAME; with failover, an address that always"
    " leads to the one that writes"
)


def _check_postgres(url: str) -> None:
    """Read a URL as every program of PostgreSQL does; nothing of it is repeated.

    Raises:
        BadInput: if it cannot be read, or shows its password to whoever lists processes.
    """
    try:
        parts = urlsplit(url)
        is_read = parts.port != 0 and url.count("@") <= 1 and not parts.fragment
    except ValueError:
        hosts = url.split("/")[2].rpartition("@")[2]
        raise BadInput(_SEVERAL_HOSTS if "," in hosts else _NO_POSTGRES_URL) from None
    if not is_read:
        raise BadInput(_NO_POSTGRES_URL)
    if "password" in parse_qs(parts.query):
        raise BadInput("the database's password belongs before the @ of its URL, and nowhere else")


def read_settings(
    environment: Mapping[str, str],
    entropy: Entropy,
    *,
    database: str | None = None,
    public_url: str | None = None,
    workers: int | None = None,
) -> Settings:
    """Read the settings, making the data folder and secrets on the first start.

    Args:
        environment: Usually `os.environ`.
        entropy: Makes new secrets.
        database: Goes before `GATEKEEPER_DATABASE`.
        public_url: Used if `GATEKEEPER_PUBLIC_URL` is not set.
        workers: Goes before `GATEKEEPER_WORKERS`.

    Raises:
        BadInput: if a setting has no meaning.
        StoreFault: if the data folder or a secret can be neither read nor made.
    """
    named = environment.get(PREFIX + "DATA")
    folder = Path(named) if named else default_data_folder(environment)
    make_data_folder(folder)
    url = database or _text(environment, "DATABASE") or f"sqlite:///{folder / 'gatekeeper.db'}"
    url = _by_real_name(url)
    return Settings(
        database=url,
        data_folder=folder,
        public_url=_public_url(
            _text(environment, "PUBLIC_URL") or public_url or "http://127.0.0.1:8000"
        ),
        access_token_secret=load_secret(folder, _SIGN_INS, entropy),
        trusted_proxies=_addresses(environment, "TRUSTED_PROXIES"),
        allowed_origins=_origins(environment),
        metrics_token=_text(environment, "METRICS_TOKEN"),
        workers=workers or _number(environment, "WORKERS", 1, WORKERS_MAX),
        pool_size=_number(environment, "POOL_SIZE", POOL_SIZE, POOL_SIZE_MAX),
        registration_is_open=_choice(environment, "REGISTRATION", ("closed", "open")) == "open",
        rate_limit_per_minute=_number(
            environment, "RATE_LIMIT_PER_MINUTE", RATE_LIMIT_PER_MINUTE, 1_000_000
        ),
        authority_pem=_authority(environment),
        is_plain_allowed=_choice(environment, "PLAIN_HTTP", ("no", "yes")) == "yes",
        mail_server=_text(environment, "MAIL_SERVER"),
        mail_from=_text(environment, "MAIL_FROM"),
        webhook_networks=_names(environment, "WEBHOOK_NETWORKS"),
        finds_address=_choice(environment, "FINDS_ADDRESS", ("no", "yes")) == "yes",
    )


def keep_others_out(path: Path, mode: int) -> None:
    """Take rights from everybody but the owner, where somebody else has any."""
    if os.name != "posix":
        return
    # What is gone needs no rights taken; another's is the administrator's to settle.
    with contextlib.suppress(PermissionError, FileNotFoundError):
        if path.stat().st_mode & _OTHERS:
            path.chmod(mode)


def make_data_folder(folder: Path) -> None:
    """Create the data folder, readable by its owner only; also one that was there before.

    Raises:
        StoreFault: if it cannot be made or written, or if root would leave files among another's.
    """
    try:
        if sys.platform != "win32":
            leave_to_its_user(folder / "secrets", os.geteuid())
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        (folder / "secrets").mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        for one in (folder, folder / "secrets"):
            keep_others_out(one, PRIVATE_FOLDER)
        for file in (*folder.glob("gatekeeper.db*"), *(folder / "secrets").iterdir()):
            keep_others_out(file, PRIVATE_FILE)
    except OSError as error:
        said = f"cannot create the data folder {folder}: {error.strerror}; set GATEKEEPER_DATA"
        if isinstance(error, PermissionError):
            said = (
                f"no permission to use the data folder {folder} ({error.filename}): run"
                " this as its owner, or set GATEKEEPER_DATA to another folder"
            )
        raise StoreFault(said) from error


def leave_to_its_user(secrets: Path, user: int) -> None:
    """Let root write nothing beside what another user's server has made: it could not read that.

    A backup that root made had a key of root's, and a restore a database.

    Raises:
        StoreFault: if the secrets are another's; it says whose.
    """
    owner = secrets.stat().st_uid if secrets.exists() else 0
    if user == 0 != owner:
        raise StoreFault(
            f"the data folder {secrets.parent} belongs to user {_name_of(owner)}, whose"
            " server could not read what root creates there: run this as that user (`sudo"
            f" -u {_name_of(owner)} …`)"
        )


def _name_of(user: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"


def secret_file(folder: Path, name: str) -> Path:
    """Return where a data folder keeps the secret `name`."""
    return folder / "secrets" / f"{name}.key"


def load_secret(folder: Path, name: str, entropy: Entropy) -> bytes:
    """Return the 32-byte secret `name`, made on first use in a file of mode 0600.

    Two processes that start at once agree: the file appears whole or not at all.

    Raises:
        StoreFault: if the file cannot be made, or is not 64 hex digits.
    """
    path = secret_file(folder, name)
    try:
        if not path.exists():
            _publish_secret(path, entropy)
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise StoreFault(f"cannot read or create the secret {path}: {error.strerror}") from error
    except ValueError:
        secret = b""
    if len(secret) != SECRET_SIZE:
        message = (
            f"{path} is damaged: it should contain 64 hex digits; restore it from your"
            " copy of the secrets"
        )
        if name == _SIGN_INS:
            message += ", or remove it: everyone must sign in again"
        raise StoreFault(message)
    return secret


def _publish_secret(path: Path, entropy: Entropy) -> None:
    draft = path.with_name(f"{path.name}.{entropy.random_bytes(8).hex()}.draft")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(entropy.random_bytes(SECRET_SIZE).hex())
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # Another process was first; its secret is the one.
    finally:
        draft.unlink()


def _text(environment: Mapping[str, str], name: str) -> str | None:
    path = environment.get(PREFIX + name + "_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip() or None
        except OSError as error:
            raise BadInput(f"cannot read {PREFIX}{name}_FILE: {error.strerror}") from error
        except UnicodeDecodeError:
            message = f"cannot read {PREFIX}{name}_FILE: it is not UTF-8 text"
            raise BadInput(message) from None
    return environment.get(PREFIX + name) or None


def _names(environment: Mapping[str, str], name: str) -> frozenset[str]:
    text = _text(environment, name) or ""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def _public_url(text: str) -> str:
    """Check the address that others see; devices and mails are told it as it is."""
    if not _is_address(text):
        message = f"{PREFIX}PUBLIC_URL must be an address such as https://tickets.example.org"
        raise BadInput(message)
    return text.rstrip("/")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    more = parts.query or parts.fragment or parts.username is not None or " " in text
    return is_one and not more


def _origins(environment: Mapping[str, str]) -> frozenset[str]:
    """Read origins as browsers write them: nothing after the host and its port, all small."""
    names = _names(environment, "ALLOWED_ORIGINS")
    for text in names - {_ANY_ORIGIN}:
        if not _is_address(text) or urlsplit(text).path or text != text.lower():
            message = (
                f"{PREFIX}ALLOWED_ORIGINS must be origins, such as https://tickets.example.org"
            )
            raise BadInput(f"{message}, without a slash at the end: not {text[:40]!r}")
    return names


def _authority(environment: Mapping[str, str]) -> str | None:
    """Read the certificate that devices pin."""
    text = _text(environment, "AUTHORITY")
    try:
        if text is not None:
            load_pem_x509_certificate(text.encode())
    except ValueError:
        message = (
            f"{PREFIX}AUTHORITY must be a certificate in PEM, or {PREFIX}AUTHORITY_FILE name one"
        )
        raise BadInput(message) from None
    return text


def _addresses(environment: Mapping[str, str], name: str) -> frozenset[str]:
    """Read addresses, each as connections come from it: a name or a network would match none."""
    try:
        return frozenset(str(ip_address(text)) for text in _names(environment, name))
    except ValueError as error:
        message = f"{PREFIX}{name} must be addresses, such as 10.0.0.2,fd00::2: {error}"
        raise BadInput(message) from error


def _choice(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """Return a setting that is one of a few words; the first if it is not set."""
    text = _text(environment, name) or choices[0]
    if text not in choices:
        raise BadInput(f"{PREFIX}{name} must be {' or '.join(choices)}, not {text[:40]!r}")
    return text


def _number(environment: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = _text(environment, name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        message = f"{PREFIX}{name} must be a whole number from 1 to {most}, not {text[:40]!r}"
        raise BadInput(message)
    return int(text)
