"""An operator's own certificate and key, looked at before a server starts with them."""

from __future__ import annotations

import ssl
from pathlib import Path

from shared.kernel.errors import BadInput
from shared.kernel.os_errors import words_of_system

_OTHERS_KEY = "KEY_VALUES_MISMATCH"


def check_tls_files(certificate: Path, key: Path) -> None:
    """Refuse files with which no worker could speak TLS.

    Args:
        certificate: PEM, with the chain behind it.
        key: PEM, without a passphrase: nobody is there to type one when a worker starts.

    Raises:
        BadInput: naming the file and what is wrong with it.
    """
    for option, file in (("--tls-certificate", certificate), ("--tls-key", key)):
        try:
            file.read_bytes()
        except OSError as error:
            raise BadInput(f"cannot read {option} {words_of_system(error)}") from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        raise BadInput(_what_is_wrong(certificate, key, error)) from error


def _what_is_wrong(certificate: Path, key: Path, error: ssl.SSLError) -> str:
    if error.reason == _OTHERS_KEY:
        return f"the key in {key} does not belong to the certificate in {certificate}"
    if b"ENCRYPTED" in key.read_bytes():
        return (
            f"the key in {key} is protected by a passphrase; use one that is not, readable by"
            " its owner only"
        )
    return (
        f"{certificate} and {key} cannot be used for TLS: the first must contain a"
        " certificate and its chain in PEM, the second its private key"
    )
