"""What the supervisor has to know of the connector's settings, which others have validated."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, slots=True)
class SupervisorSettings:
    """Named as in ConnectorSettings, and nothing secret: everybody on the machine sees it."""

    workers: int
    health_host: str
    health_port: int
    drain_seconds: float
    lease_ttl_seconds: float

    @classmethod
    def of(cls, settings: object) -> SupervisorSettings:
        """Take them out of ConnectorSettings, whose libraries are not to be loaded here."""
        return cls(**{field.name: getattr(settings, field.name) for field in fields(cls)})

    def encode(self) -> str:
        """Return the argument of `python -m connector.supervisor`."""
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, argument: str) -> SupervisorSettings:
        return cls(**json.loads(argument))
