"""The certificate by which a worker speaks TLS, read again once it was renewed."""

from __future__ import annotations

from pathlib import Path

from uvicorn.config import Config

from server.http.logs import log
from shared.kernel.os_errors import words_of_system


class ServedCertificate:
    """What one worker serves by, an operator's own or the server's."""

    def __init__(self, config: Config) -> None:
        """Look after what `config` names; nothing where it is served in clear."""
        self._config = config
        self._written = 0

    def look(self) -> None:
        """Speak by the certificate that stands now: it was renewed, or put in the old one's place.

        Connections that are open go on.
        """
        config = self._config
        if config.ssl is None or config.ssl_certfile is None:
            return
        try:
            written = Path(config.ssl_certfile).stat().st_mtime_ns
            if written != self._written:
                self._written = written
                config.ssl.load_cert_chain(config.ssl_certfile, config.ssl_keyfile)
        except OSError as fault:  # also one that is written just now; ssl's errors are such
            log().warning("certificate.unreadable", fault=words_of_system(fault))
