"""The whole gateway on this machine, as steps in the order they start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from functools import cached_property

from infra.local.database import DatabaseUrls, create_database, prepare_database
from infra.local.explorer import Explorer
from infra.local.first_run import kept_key, write_secret
from infra.local.ministack import MiniStack
from infra.local.model.completions import EXPLAINING
from infra.local.paths import reachable_directory
from infra.local.postgres import Postgres
from infra.local.processes import Task
from infra.local.queues import queue_environment
from infra.local.service import Service
from infra.local.services import (
    FIXED_ENVIRONMENT,
    Api,
    Connector,
    ModelStub,
    WebSockets,
    WhatsAppServer,
    media,
    pushes,
    replies,
    sweeper,
    webhooks,
)
from infra.local.settings import UpSettings

DATABASE_NAME = "gateway"
# On one machine a session may use a model that runs beside it.
# The key is the user's own, or the stub's: every model may be tried.
OWN_MODELS = {"GATEWAY_PRIVATE_MODEL_URLS": "true", "GATEWAY_MODEL_ALLOWED": "*"}
# What receives events may run beside it, too.
OWN_RECEIVERS = {"GATEWAY_PRIVATE_WEBHOOK_URLS": "true"}


class System:
    """The services by the settings of `make up`, and their environments."""

    def __init__(self, settings: UpSettings) -> None:
        self._settings = settings
        self._logs = settings.directory / "logs"

    def steps(self) -> list[Service | Task]:
        settings = self._settings
        return [
            *([self._own_postgres] if settings.database_url is None else []),
            Task("database", self._prepare_database),
            self._ministack,
            Task("queues", self._ministack.provide_queues),
            *([self._whatsapp] if settings.whatsapp == "local" else []),
            *([] if settings.has_own_model else [self._model]),
            Api(self._logs / "api.log", settings.api_port, self._api_environment),
            Connector(self._logs / "connector.log", settings.health_port, self._connector_environment),
            replies(self._logs / "replies.log", self._replies_environment),
            webhooks(self._logs / "webhooks.log", self._webhooks_environment),
            media(self._logs / "media.log", self._media_environment),
            sweeper(self._logs / "sweeper.log", self._sweeper_environment),
            WebSockets(self._logs / "websocket.log", settings.websocket_port, self._websocket_environment),
            pushes(self._logs / "pushes.log", self._pushes_environment),
            self._explorer,
        ]

    @cached_property
    def database(self) -> DatabaseUrls:
        """The database's URLs; needs a running PostgreSQL."""
        given = self._settings.database_url
        admin = given.get_secret_value() if given is not None else self._own_postgres.dsn(DATABASE_NAME)
        return DatabaseUrls.of(admin, self._password)

    @cached_property
    def _password(self) -> str:
        """The password of the gateway's roles."""
        if self._settings.database_url is None:
            return self._own_postgres.password
        file = self._settings.directory / "database-password"
        if not file.exists():
            write_secret(file, secrets.token_urlsafe(24))
        return file.read_text()

    @cached_property
    def _own_postgres(self) -> Postgres:
        directory = reachable_directory(self._settings.directory / "postgres")
        return Postgres(directory, self._logs / "postgres.log", self._settings.postgres_port)

    @cached_property
    def _ministack(self) -> MiniStack:
        settings = self._settings
        directory = settings.directory / "ministack"
        return MiniStack(directory, self._logs / "ministack.log", settings.sqs_port, settings.gateway_shards)

    @cached_property
    def _whatsapp(self) -> WhatsAppServer:
        directory = self._settings.directory / "whatsapp"
        return WhatsAppServer(self._logs / "whatsapp.log", self._settings.whatsapp_port, directory, self._inherited)

    @cached_property
    def _model(self) -> ModelStub:
        return ModelStub(self._logs / "model.log", self._settings.model_port, self._inherited)

    @cached_property
    def _explorer(self) -> Explorer:
        settings = self._settings
        return Explorer(
            self._logs / "explorer.log",
            settings.explorer_port,
            settings.api_url,
            kept_key(settings.directory / "cookie-key"),
            self._inherited(),
            whatsapp_url=settings.whatsapp_url if settings.whatsapp == "local" else None,
            key_file=settings.key_file,
            media_origin=self._ministack.endpoint,
        )

    def _prepare_database(self) -> None:
        if self._settings.database_url is None:
            create_database(self._own_postgres.dsn(), DATABASE_NAME)
        prepare_database(self.database.admin, self._password)

    def _inherited(self) -> dict[str, str]:
        """Return the user's environment without what would lead a service elsewhere."""
        local = self._settings.whatsapp == "local"
        return {name: value for name, value in os.environ.items() if not _leads_elsewhere(name, local)}

    def _common_environment(self) -> dict[str, str]:
        queues = queue_environment(self._ministack.endpoint, shards=self._settings.gateway_shards)
        return {**self._inherited(), **queues, **FIXED_ENVIRONMENT}

    @property
    def _token_keys(self) -> dict[str, str]:
        return {"GATEWAY_TOKEN_KEYS": kept_key(self._settings.directory / "token-key")}

    def _api_environment(self) -> Mapping[str, str]:
        return {
            **self._common_environment(),
            **OWN_MODELS,
            **OWN_RECEIVERS,
            **self._token_keys,
            **self.database.functions_environment,
        }

    def _websocket_environment(self) -> Mapping[str, str]:
        api = {"GATEWAY_API_URL": self._settings.api_url}
        return {**self._common_environment(), **api, **self._token_keys, **self.database.functions_environment}

    def _pushes_environment(self) -> Mapping[str, str]:
        api = WebSockets.pushes_environment(self._settings.websocket_port)
        return {**self._common_environment(), **api, **self.database.functions_environment}

    def _replies_environment(self) -> Mapping[str, str]:
        settings = self._settings
        stub = self._model.functions_environment | {"GATEWAY_MODEL_NAME": EXPLAINING}
        model = own_model_environment(settings) if settings.has_own_model else stub
        return {**self._common_environment(), **OWN_MODELS, **self.database.replies_environment, **model}

    def _webhooks_environment(self) -> Mapping[str, str]:
        return {**self._common_environment(), **OWN_RECEIVERS, **self.database.webhooks_environment}

    def _media_environment(self) -> Mapping[str, str]:
        local = self._settings.whatsapp == "local"
        whatsapp = self._whatsapp.media_environment if local else {}
        return {**self._common_environment(), **self.database.media_environment, **whatsapp}

    def _sweeper_environment(self) -> Mapping[str, str]:
        return {**self._common_environment(), **self.database.sweeper_environment}

    def _connector_environment(self) -> Mapping[str, str]:
        return {
            **self._common_environment(),
            **self.database.connector_environment,
            "GATEWAY_SPOOL_DIRECTORY": str(self._settings.directory / "spool"),
            **(self._whatsapp.connector_environment if self._settings.whatsapp == "local" else {}),
        }


def own_model_environment(settings: UpSettings) -> dict[str, str]:
    """Return the variables of the user's own model; a local one often needs no key, but the SDK requires one."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    given = {"GATEWAY_MODEL_BASE_URL": settings.openai_base_url, "GATEWAY_MODEL_NAME": settings.openai_model}
    return {"GATEWAY_MODEL_API_KEY": key, **{name: value for name, value in given.items() if value}}


def _leads_elsewhere(name: str, local_whatsapp: bool) -> bool:
    """Return whether a variable leads to real AWS, the user's own database, or a proxy before the local WhatsApp."""
    proxy = name.lower().endswith("_proxy")
    return name.startswith("AWS_") or name == "DATABASE_URL" or (proxy and local_whatsapp)
