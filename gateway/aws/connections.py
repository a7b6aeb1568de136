"""The connections of API Gateway's WebSocket API, as its management API knows them."""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import Any

from gateway.domain.errors import GatewayError

# In bytes: API Gateway takes no more in one message, and counts each begun 32 KB as one.
LARGEST_MESSAGE = 128 * 1024
METERED_MESSAGE = 32 * 1024


class ConnectionGone(GatewayError):
    """The client has gone."""

    code = "connection_gone"


class ConnectionsUnavailable(GatewayError):
    """API Gateway cannot be reached, or refuses for now; the text names botocore's error."""

    code = "connections_unavailable"


class Connections:
    """`url` is the address of the API's stage over HTTPS; may be used by several threads."""

    def __init__(self, url: str, at_once: int) -> None:
        self._url = url
        self._at_once = at_once
        self._lock = Lock()

    def post(self, connection_id: str, message: str) -> None:
        """Send a message to a client. Raises ConnectionGone and ConnectionsUnavailable."""
        self._call("post_to_connection", ConnectionId=connection_id, Data=message.encode())

    def close(self, connection_id: str) -> None:
        """Close a connection. Raises ConnectionGone and ConnectionsUnavailable."""
        self._call("delete_connection", ConnectionId=connection_id)

    def _call(self, operation: str, **parameters: str | bytes) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            with self._lock:
                client = self._client
            getattr(client, operation)(**parameters)
        except client.exceptions.GoneException as error:
            raise ConnectionGone from error
        except (BotoCoreError, ClientError) as error:
            raise ConnectionsUnavailable(type(error).__name__) from error

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - botocore makes its class of the service's model
        # boto3 takes long to import.
        import boto3
        from botocore.config import Config

        config = Config(
            connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2}, max_pool_connections=self._at_once
        )
        return boto3.client("apigatewaymanagementapi", endpoint_url=self._url, config=config)
