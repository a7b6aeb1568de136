"""The whole gateway, with a proxy before everything it depends on.

Nothing is shared with `make up`: ports are free ones, data goes with the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.local.database import DatabaseUrls
from infra.local.first_run import new_user_key
from infra.local.ports import free_port
from infra.local.processes import Backoff, Watch
from infra.local.queues import queue_environment
from infra.local.service import Service
from infra.local.services import FIXED_ENVIRONMENT, Api, Connector, media, sweeper, webhooks
from infra.local.system import OWN_RECEIVERS
from infra.local.whatsapp.client import WhatsAppControl
from tests.chaos.clock import Clock, forget_killed, library
from tests.chaos.proxy import Proxies, Proxy
from tests.chaos.schedule import CLOCKS, CONNECTORS, DATABASE_CLOCK, LINKS, QUEUE_LINKS
from tests.e2e.conftest import UNLIMITED
from tests.stack import Stack, inherited_environment

# As often as nobody has to wait long for what only a sweep or a longer pause brings back.
SETTINGS = {
    **UNLIMITED,
    **OWN_RECEIVERS,
    "GATEWAY_RECONNECT_MAX_SECONDS": "5",
    "GATEWAY_WORKERS": "1",
    # Of a run that died, so that its file is not waited for five minutes.
    "GATEWAY_MEDIA_CLAIM_SECONDS": "30",
}
SWEEP_SECONDS = 5.0
RESTARTS = Backoff(first=0.5, last=4.0)
_SERVERS = ("PostgreSQL", "ministack")


class Deployment:
    """`services` are by the names that the schedule gives them, `proxies` by those of its links, `clocks` likewise.

    There are no clocks where libfaketime is not installed.
    """

    def __init__(self, stack: Stack, proxies: Proxies, report: Callable[[str], None]) -> None:
        self.stack = stack
        self.whatsapp = WhatsAppControl(stack.whatsapp.url)
        self.clocks = self._new_clocks()
        self._begin_database()
        self._database = stack.database()
        self.queues = stack.queues()
        self._report = report
        self.logs = stack.logs
        self._proxies = proxies
        self.proxies = {name: proxies.to(self._port_behind(name)) for name in LINKS}
        self.services: dict[str, Service] = dict(zip(_SERVERS, (stack.postgres, stack.ministack), strict=True))
        self._watches = [Watch(service, report, RESTARTS) for service in self.services.values()]

    def start(self) -> None:
        """Start the gateway's own processes."""
        for name, service in self._own().items():
            service.start()
            self.services[name] = service
            self._watches.append(Watch(service, self._report, RESTARTS))

    def tick(self) -> None:
        """Start again what has died. To be called on the thread that started everything."""
        for watch in self._watches:
            watch.tick(time.monotonic())

    def new_key(self, name: str) -> str:
        """Return the key of a new user, which reaches nobody else's sessions."""
        return new_user_key(self._database.admin, name)

    def close(self) -> None:
        """Kill all at once."""
        self.whatsapp.close()
        for service in self.services.values():
            service.kill_group()
        if self.clocks:
            forget_killed()

    @cached_property
    def api(self) -> Api:
        return Api(
            self.logs / "api.log",
            free_port(),
            lambda: self._environment("API", self._urls("API").functions_environment),
        )

    @property
    def own_logs(self) -> list[Path]:
        """The logs of the gateway's own processes."""
        return [service.log for name, service in self.services.items() if name not in _SERVERS]

    @property
    def connector_logs(self) -> list[Path]:
        return [self.services[name].log for name in CONNECTORS]

    def with_proxies(self, action: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Cut, stall or mend a proxy."""
        self._proxies.do(action)

    def connector(self, name: str) -> Connector:
        service = self.services[name]
        assert isinstance(service, Connector)
        return service

    def spool(self, name: str) -> Path:
        """The spools of two connectors lie apart, as on two machines."""
        return self.logs.parent / "spools" / name.replace(" ", "-")

    def _new_clocks(self) -> dict[str, Clock]:
        preload, directory = library(), self.stack.logs.parent / "clocks"
        if preload is None:
            return {}
        directory.mkdir()
        return {name: Clock(preload, directory / name.replace(" ", "-")) for name in (*CLOCKS, DATABASE_CLOCK)}

    def _begin_database(self) -> None:
        """Start the server again with a clock that can be moved."""
        if self.clocks:
            self.stack.postgres.prefix = self.clocks[DATABASE_CLOCK].prefix
            self.stack.postgres.restart()

    def _own(self) -> dict[str, Service]:
        functions = self._urls("functions")
        whatsapp = {**self.stack.whatsapp.media_environment, "GATEWAY_PRIVATE_MEDIA_URLS": "true"}
        environments = {
            "webhooks": self._environment("functions", functions.webhooks_environment),
            "media": self._environment("functions", {**functions.media_environment, **whatsapp}),
            "sweeper": self._environment("functions", functions.sweeper_environment),
        }
        return {
            "API": self.api,
            **{name: self._connector(name) for name in CONNECTORS},
            "webhooks": webhooks(self.logs / "webhooks.log", lambda: environments["webhooks"]),
            "media": media(self.logs / "media.log", lambda: environments["media"]),
            "sweeper": sweeper(self.logs / "sweeper.log", lambda: environments["sweeper"], SWEEP_SECONDS),
        }

    def _connector(self, name: str) -> Connector:
        direct = self.stack.whatsapp.connector_environment
        proxy = self.proxies[f"WhatsApp of {name}"]
        through = {key: _through(value, proxy) for key, value in direct.items() if key.lower().endswith("s_proxy")}
        own = {**self._urls(name).connector_environment, **direct, **through}
        environment = self._environment(name, {**own, "GATEWAY_SPOOL_DIRECTORY": str(self.spool(name))})
        return Connector(self.logs / f"{name.replace(' ', '-')}.log", free_port(), lambda: environment)

    def _urls(self, name: str) -> DatabaseUrls:
        """Return the URLs by which a process reaches the database, through its own proxy."""
        proxy = self.proxies[f"PostgreSQL of {name}"]
        postgres = self.stack.postgres
        return DatabaseUrls.of(_through(self._database.admin, proxy), postgres.password)

    def _environment(self, name: str, own: Mapping[str, str]) -> dict[str, str]:
        endpoint = f"http://127.0.0.1:{self.proxies[QUEUE_LINKS[0]].port}"
        queues = queue_environment(endpoint, self.queues.prefix)
        environment = {**inherited_environment(), **queues, **FIXED_ENVIRONMENT, **SETTINGS, **own}
        return self.clocks[f"clock of {name}"].applied(environment) if self.clocks else environment

    def _port_behind(self, link: str) -> int:
        if link.startswith("PostgreSQL"):
            return self.stack.postgres.port
        if link.startswith("WhatsApp"):
            return _port(self.stack.whatsapp.connector_environment["HTTPS_PROXY"])
        return _port(self.stack.ministack.endpoint)


def _port(url: str) -> int:
    return urlsplit(url).port or 0


def _through(url: str, proxy: Proxy) -> str:
    """Return the URL as it leads through the proxy."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition(":")[0]
    return parts._replace(netloc=f"{host}:{proxy.port}").geturl()
