"""The local WhatsApp server's media host, as who sends a file sees it."""

from __future__ import annotations

import base64
import hashlib
import ssl
from typing import Any

import httpx2

from infra.local.services import WhatsAppServer
from infra.local.whatsapp.client import WhatsAppControl
from infra.local.whatsapp.phones.files import EncryptedFile, encrypt

_FILE_KINDS = {"voice": "audio", "sticker": "image"}


class MediaHost:
    def __init__(self, server: WhatsAppServer, control: WhatsAppControl) -> None:
        found = server.media_environment
        self._control = control
        self._http = httpx2.Client(
            proxy=found["GATEWAY_WHATSAPP_PROXY"],
            verify=ssl.create_default_context(cafile=found["GATEWAY_WHATSAPP_AUTHORITY"]),
            trust_env=False,
        )

    def __enter__(self) -> MediaHost:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def upload(self, data: bytes, kind: str) -> dict[str, Any]:
        """The media of a message with this file, as the receiver stores it."""
        file = encrypt(data, _FILE_KINDS.get(kind, kind))
        answer = self._store(file.blob, _FILE_KINDS.get(kind, kind))
        return media_of(file, kind, answer["url"], answer["direct_path"])

    def show(self, picture: bytes) -> str:
        """Where a picture is that somebody shows to others, as it is."""
        return self._store(picture, "image")["url"]

    def _store(self, blob: bytes, kind: str) -> dict[str, str]:
        token = base64.urlsafe_b64encode(hashlib.sha256(blob).digest()).decode()
        url = f"https://mmg.whatsapp.net/mms/{kind}/{token}?auth=local&token={token}"
        answer: dict[str, str] = self._http.post(url, content=blob).json()
        return answer

    @staticmethod
    def said(wrong: dict[str, Any]) -> dict[str, Any]:
        """Fields of a message's media that say something else."""
        names = {"key": "mediaKey", "plain_hash": "fileSha256", "blob_hash": "fileEncSha256", "size": "fileLength"}
        return {
            names[name]: base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for name, value in wrong.items()
        }

    def clear(self) -> None:
        self._control.clear_faults()

    def fault(self, **fault: Any) -> None:
        self._control.fault(media=fault)


def media_of(file: EncryptedFile, kind: str, url: str, path: str) -> dict[str, Any]:
    keys = {"mediaKey": file.key, "fileSha256": file.plain_hash, "fileEncSha256": file.blob_hash}
    encoded = {name: base64.b64encode(value).decode() for name, value in keys.items()}
    return {"kind": kind, "url": url, "directPath": path, "fileLength": file.size, "mimetype": "x/y", **encoded}
