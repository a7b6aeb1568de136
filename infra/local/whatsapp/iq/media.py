"""xmlns w:m: where clients upload and download media."""

from __future__ import annotations

from infra.local.whatsapp.iq.request import Request
from infra.local.whatsapp.messages.media_store import FALLBACK_HOST, MEDIA_HOST, UPLOAD_AUTH
from infra.local.whatsapp.wire.node import Node


def connection(request: Request) -> list[Node]:
    """Return where to upload and download, and for how many seconds that holds."""
    limits = {"ttl": 300, "auth_ttl": 21600, "max_buckets": 12, "max_manual_retry": 3, "max_auto_download_retry": 3}
    hosts = [
        Node("host", {"hostname": MEDIA_HOST, "type": "primary"}, []),
        Node("host", {"hostname": FALLBACK_HOST, "type": "fallback"}, []),
    ]
    return [Node("media_conn", {"auth": UPLOAD_AUTH, **limits}, hosts)]
