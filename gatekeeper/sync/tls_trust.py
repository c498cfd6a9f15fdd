"""Whom a device believes over TLS: one pinned authority, or else the system's roots.

An authority that a server has made itself vouches for one fixed name, which is then asked for
whatever address the server has at this venue.
"""

from __future__ import annotations

import ssl
from typing import Final

from cryptography import x509

from shared.kernel.errors import BadInput, ServerFault
from shared.kernel.trouble import TroubleKind
from shared.wire.enrol import LEDGER_NAME

_DATES: Final = {9: "not valid yet", 10: "expired"}
"""What OpenSSL's codes say of a certificate's dates."""
_CLOCK: Final = (
    "the server's certificate is {0} by this device's clock; set the clock, or renew the"
    " certificate"
)
_NO_CHECK_TIME: Final = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python passes through and does not name."""


def make_context(authority_pem: str | None) -> ssl.SSLContext:
    """Make the TLS side: only the pinned authority is trusted, or else the system's roots.

    Raises:
        BadInput: if the authority's certificate cannot be read.
    """
    if authority_pem is None:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=authority_pem)
    except (ssl.SSLError, ValueError) as fault:
        raise _unreadable(fault) from None
    return context


def fixed_name(authority_pem: str | None) -> str | None:
    """Return the name that a server's certificate must have, where that is not its address.

    Raises:
        BadInput: if the authority's certificate cannot be read.
    """
    if authority_pem is None:
        return None
    try:
        authority = x509.load_pem_x509_certificate(authority_pem.encode())
        bounds = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return None
    except ValueError as fault:
        raise _unreadable(fault) from None
    allowed = bounds.permitted_subtrees or ()
    return LEDGER_NAME if x509.DNSName(LEDGER_NAME) in allowed else None


def leave_dates(context: ssl.SSLContext) -> None:
    """Check chain and name as ever, and dates no more."""
    context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)


def explain_certificate(fault: ssl.SSLCertVerificationError, url: str) -> ServerFault:
    """Say why a server's certificate is not believed: its dates, or whose it is."""
    if (dates := _DATES.get(fault.verify_code)) is not None:
        return ServerFault(_CLOCK.format(dates), kind=TroubleKind.CLOCK_WRONG)
    said = (
        f"{url} is not the server that this device or its code belongs to: its certificate is not"
        " from the trusted authority; nothing was sent"
    )
    return ServerFault(said, kind=TroubleKind.FALSE_SERVER)


def _unreadable(fault: Exception) -> BadInput:
    message = f"the pinned authority's certificate cannot be read: {fault}"
    return BadInput(message, kind=TroubleKind.PROFILE_DAMAGED)
