"""The certificate authority that enrolment codes name."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.kernel.errors import StoreFault
from shared.wire.enrol import fingerprint


def authority_fingerprint(pem: str) -> str:
    """Return the fingerprint of an authority's public key (its SubjectPublicKeyInfo).

    Raises:
        StoreFault: if the operator's setting is no certificate.
    """
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise StoreFault("GATEKEEPER_AUTHORITY is no certificate in PEM") from None
    key = certificate.public_key()
    return fingerprint(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
