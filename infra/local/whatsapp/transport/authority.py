"""The TLS certificates of the server, and the certificate authority that clients trust for it."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

from infra.local.whatsapp.wire.certificates import LOOPBACK, TlsFiles, certified_names, issue_tls


class Authority:
    """The certificates in a folder, made at the first start and kept while they are for all of these hosts."""

    def __init__(self, folder: Path, hosts: Sequence[str]) -> None:
        self.certificate = folder / "authority.pem"
        self._server = folder / "server.pem"
        if not self._server.exists() or not certified_names(self._server.read_bytes()) >= {*hosts, str(LOOPBACK)}:
            folder.mkdir(parents=True, exist_ok=True)
            self._write(issue_tls(hosts))

    def _write(self, files: TlsFiles) -> None:
        self.certificate.write_bytes(files.authority)
        draft = self._server.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_bytes(files.key + files.certificate)
        draft.replace(self._server)

    def server_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._server)
        return context
