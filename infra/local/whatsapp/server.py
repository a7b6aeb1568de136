"""The whole server in one process, on loopback only: TLS endpoint, proxy and control API."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from infra.local.whatsapp.control.api import Control
from infra.local.whatsapp.database import Database
from infra.local.whatsapp.messages.media_store import MEDIA_HOSTS
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.phones import Phones
from infra.local.whatsapp.transport.authority import Authority
from infra.local.whatsapp.transport.endpoint import CHAT_HOST, CHAT_PATH, Endpoint
from infra.local.whatsapp.transport.environment import client_variables, write_environment
from infra.local.whatsapp.transport.ports import LOOPBACK, KeptPorts
from infra.local.whatsapp.transport.proxy import Proxy

_SHUTDOWN_SECONDS = 2.0
_HOSTS = (CHAT_HOST, *MEDIA_HOSTS)


class Ports(NamedTuple):
    """0 means any free port, which is then kept for the next start."""

    control: int
    proxy: int
    tls: int


class Server:
    """`directory` holds all state; environment.json in it says how clients reach the server."""

    def __init__(self, directory: Path, ports: Ports, *, few_prekeys: bool = False) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._ports = ports
        self._database = Database(directory / "whatsapp.sqlite3")
        self._network = Network(self._database, few_prekeys=few_prekeys)
        self._authority = Authority(directory / "tls", _HOSTS)
        self._endpoint = Endpoint(self._network)
        self._control = Control(self._network, Phones(self._network), self._endpoint)
        self._runners: list[web.AppRunner] = []
        self._proxy: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, then write environment.json; raise OSError when a given port is taken."""
        kept = KeptPorts(self._database)
        sockets = Sockets(*(kept.bind(name, port) for name, port in self._ports._asdict().items()))
        proxy = Proxy(_HOSTS, _port(sockets.tls), self._network.problems)
        await self._serve(self._endpoint.application(), sockets.tls, self._authority.server_context())
        self._proxy = await asyncio.start_server(proxy.serve, sock=sockets.proxy)
        await self._serve(self._control.application(), sockets.control)
        self._database.commit()
        self._write_environment(sockets)

    async def stop(self) -> None:
        if self._proxy:
            self._proxy.close()
        for connection in list(self._endpoint.connections):
            connection.abort()
        for runner in self._runners:
            await runner.cleanup()
        self._database.close()

    async def _serve(self, app: web.Application, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        self._runners.append(runner)
        await web.SockSite(runner, listener, ssl_context=tls).start()

    def _write_environment(self, sockets: Sockets) -> None:
        authority = self._authority.certificate.resolve()
        variables = client_variables(_port(sockets.proxy), authority, self._network.keys.root)
        addresses = {
            "WHATSAPP_CONTROL_URL": f"http://{LOOPBACK}:{_port(sockets.control)}",
            "WHATSAPP_URL": f"wss://{LOOPBACK}:{_port(sockets.tls)}{CHAT_PATH}",
        }
        write_environment(self._directory, {**variables, **addresses})


class Sockets(NamedTuple):
    control: socket.socket
    proxy: socket.socket
    tls: socket.socket


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])
