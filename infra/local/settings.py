"""Settings of `make up`, from the environment or as `make up API_PORT=…`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.local.ports import LOOPBACK, Port

PortNumber = Annotated[int, Field(ge=1, le=65535)]


class UpSettings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    api_port: PortNumber = 3001
    whatsapp_port: PortNumber = 3002
    explorer_port: PortNumber = 3004
    model_port: PortNumber = 3003
    websocket_port: PortNumber = 3005
    postgres_port: PortNumber = 5433
    sqs_port: PortNumber = 4566
    health_port: PortNumber = 8081
    whatsapp: Literal["local", "live"] = "local"
    database_url: SecretStr | None = None
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    openai_model: str | None = None
    gateway_local_dir: Path = Path(".local")
    gateway_shards: Annotated[int, Field(ge=1, le=1024)] = 16

    @property
    def has_own_model(self) -> bool:
        """Whether the user has a model of their own, so that the stub is not needed."""
        return self.openai_api_key is not None or self.openai_base_url is not None

    @property
    def directory(self) -> Path:
        return self.gateway_local_dir.resolve()

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def key_file(self) -> Path:
        return self.directory / "api-key"

    @property
    def api_url(self) -> str:
        return f"http://{LOOPBACK}:{self.api_port}"

    @property
    def whatsapp_url(self) -> str:
        return f"http://{LOOPBACK}:{self.whatsapp_port}"

    @property
    def explorer_url(self) -> str:
        return f"http://{LOOPBACK}:{self.explorer_port}/explorer"

    @property
    def websocket_url(self) -> str:
        return f"ws://{LOOPBACK}:{self.websocket_port}"

    @property
    def ports(self) -> list[Port]:
        """The ports this run will listen on."""
        postgres = [Port(self.postgres_port, "PostgreSQL", "POSTGRES_PORT")]
        whatsapp = [Port(self.whatsapp_port, "the WhatsApp server", "WHATSAPP_PORT")]
        return [
            Port(self.api_port, "the API", "API_PORT"),
            Port(self.explorer_port, "the Explorer", "EXPLORER_PORT"),
            Port(self.websocket_port, "the WebSocket API", "WEBSOCKET_PORT"),
            *(whatsapp if self.whatsapp == "local" else []),
            *(postgres if self.database_url is None else []),
            *([] if self.has_own_model else [Port(self.model_port, "the model", "MODEL_PORT")]),
            Port(self.sqs_port, "SQS", "SQS_PORT"),
            Port(self.health_port, "the connector's health check", "HEALTH_PORT"),
        ]
