"""The media hosts: encrypted files are uploaded to and downloaded from them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web

from infra.local.whatsapp.media_faults import Direction, Effect, MediaFault, Transfer, Way
from infra.local.whatsapp.messages.media_store import MEDIA_HOST, UPLOAD_AUTH, kind_of
from infra.local.whatsapp.network import Network

_CHUNK: Final = 1 << 16
_TICKS_A_SECOND: Final = 10


class MediaHost:
    """The routes of all media hosts, which have the same files."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/mms/{kind}/{token}", self._upload),
            web.delete("/mms/{kind}/{token}", self._delete),
            web.post("/newsletter/newsletter-{kind}/{token}", self._upload),
            web.get("/v/{path:.*}", self._download),
        ]

    async def _upload(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        fault = self._network.faults.media.of(Transfer(Direction.UPLOAD, kind, request.host))
        if fault and fault.status:
            return web.Response(status=fault.status)
        if request.query.get("auth") != UPLOAD_AUTH:
            return web.Response(status=401)
        digest = hashlib.sha256()
        with self._network.media.draft() as file:
            async for chunk in self._body(request, fault):
                digest.update(chunk)
                file.write(chunk)
            if _decoded(request.match_info["token"]) != digest.digest():
                return web.Response(status=400)
            path = self._network.media.keep(kind, file)
        return web.json_response({"url": f"https://{MEDIA_HOST}{path}", "direct_path": path})

    async def _body(self, request: web.Request, fault: MediaFault | None) -> AsyncIterator[bytes]:
        """Yield what the client uploads, as slowly and as far as the fault lets it."""
        half, received = (request.content_length or 0) // 2, 0
        async for chunk in request.content.iter_chunked(_CHUNK):
            yield chunk
            received += len(chunk)
            if fault and fault.rate:
                await asyncio.sleep(len(chunk) / fault.rate)
            if fault and fault.effect and received >= half:
                await self._break_off(request, fault)
                fault = None

    async def _delete(self, request: web.Request) -> web.Response:
        """Delete a file that its receiver has no more use for, as a chunk of history."""
        digest, path = _decoded(request.match_info["token"]), _decoded(request.query.get("d_md", ""))
        if request.query.get("auth") != UPLOAD_AUTH:
            return web.Response(status=401)
        if digest is None or path is None:
            return web.Response(status=400)
        return web.Response(status=200 if self._network.media.delete(path.decode(), digest) else 404)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        way = Way.PATH if "hash" in request.query else Way.URL
        fault = self._network.faults.media.of(Transfer(Direction.DOWNLOAD, kind_of(request.path), request.host, way))
        if fault and fault.status:
            return web.Response(status=fault.status)
        file = self._network.media.find(request.path)
        if file is None:
            return web.Response(status=404)
        query = request.query
        if not self._network.media.is_signed(request.path, query.get("oh", ""), query.get("oe", "")):
            return web.Response(status=403)
        return await self._send(request, file.read_bytes(), fault) if fault else web.FileResponse(file)

    async def _send(self, request: web.Request, body: bytes, fault: MediaFault) -> web.StreamResponse:
        """Send a file as the fault has it."""
        response, half = web.StreamResponse(), len(body) // 2
        response.content_length = len(body)
        await response.prepare(request)
        await _write(response, body[:half], fault)
        await self._break_off(request, fault)
        rest = bytes((body[half] ^ 1,)) + body[half + 1 :] if fault.effect is Effect.CORRUPT else body[half:]
        await _write(response, rest, fault)
        return response

    async def _break_off(self, request: web.Request, fault: MediaFault) -> None:
        """End or hold a transfer in its middle where the fault says so; raise ConnectionResetError at its end."""
        if fault.effect is Effect.STALL:
            await self._network.faults.media.cleared.wait()
        if fault.effect is Effect.CUT:
            if isinstance(request.transport, asyncio.WriteTransport):
                request.transport.abort()
            raise ConnectionResetError("a fault cut the transfer")


async def _write(response: web.StreamResponse, body: bytes, fault: MediaFault) -> None:
    size = max(fault.rate // _TICKS_A_SECOND, 1) if fault.rate else _CHUNK
    for at in range(0, len(body), size):
        await response.write(body[at : at + size])
        if fault.rate:
            await asyncio.sleep(1 / _TICKS_A_SECOND)


def _decoded(text: str) -> bytes | None:
    """Return what clients write in base64, with padding and without; None where it is none."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
