"""The certificate by which a worker speaks TLS, read again once it was renewed."""

from __future__ import annotations

from pathlib import Path

from uvicorn.config import Config

from server.http.logs import log
from server.serving.operators_tls import check_tls_files
from shared.kernel.errors import BadInput
from shared.kernel.os_errors import words_of_system


class ServedCertificate:
    """What one worker serves by, an operator's own or the server's."""

    def __init__(self, config: Config) -> None:
        """Look after what `config` names; nothing where it is served in clear."""
        self._config = config
        self._written: list[int] = []
        self._said = ""

    def look(self) -> None:
        """Speak by the certificate that stands now: it was renewed, or put in the old one's place.

        Connections that are open go on. Certificate and key are two files, and nobody replaces
        both at once: until they fit, the pair that was read before is served by.
        """
        config = self._config
        if config.ssl is None or config.ssl_certfile is None:
            return
        pair = Path(config.ssl_certfile), Path(config.ssl_keyfile or config.ssl_certfile)
        try:
            written = [one.stat().st_mtime_ns for one in pair]
            if written == self._written:
                return
            # Apart at first: what does not fit would leave the one in use without its key.
            check_tls_files(*pair)
            config.ssl.load_cert_chain(*pair)
        except (BadInput, OSError) as fault:  # also of one that is written just now
            said = words_of_system(fault)
            if said != self._said:
                log().warning("certificate.unreadable", fault=said)
            self._said = said
        else:
            self._written, self._said = written, ""
