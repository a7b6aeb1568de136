"""The base of what the local WhatsApp server's control API returns."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class ControlModel(BaseModel):
    """A part of an answer; fields that nobody reads are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")
