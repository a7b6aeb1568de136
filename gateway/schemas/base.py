"""What all bodies have in common: camelCase names, times in UTC, no unknown fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, StringConstraints, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

from gateway.domain.sanitize import is_storable
from gateway.domain.times import iso


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[
    datetime,
    AfterValidator(_in_utc),
    PlainSerializer(iso, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("This holds a character that cannot be stored (NUL or a lone surrogate).")
    return text


Text = Annotated[str, AfterValidator(_storable)]


# A query parameter whose text PostgreSQL can take.
NulFree = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]


# Of a user in examples.
USER_PROFILE_ID = "5b0e3b8e-4a57-4a0e-9d0c-6a6f8f6f0c11"


class RequestBody(BaseModel):
    """The body of a request; an unknown field is an error, so that a misspelt one is not ignored silently."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid")


class ResponseBody(BaseModel):
    """The body of a response; how to write it is built for the first one, not for all of them at each cold start."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, defer_build=True)


def shown(example: JsonDict) -> ConfigDict:
    """Return the configuration of a body with this example in the documentation."""
    return ConfigDict(json_schema_extra={"examples": [example]})
