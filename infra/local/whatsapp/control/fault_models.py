"""The request bodies of faults; unknown keys are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from infra.local.whatsapp.control.models import Body, Number
from infra.local.whatsapp.faults import PairingFault
from infra.local.whatsapp.media_faults import Direction, Effect, Way
from infra.local.whatsapp.messages.media_store import FALLBACK_HOST, MEDIA_HOST

MEDIA_HOSTS = {"primary": MEDIA_HOST, "fallback": FALLBACK_HOST}


class OfNumber(Body):
    number: Number


class Hits(Body):
    """count: how many stanzas, true for all until the faults are cleared; number: of which account, else of any.

    device: of which of its devices (0: the phone), else of all linked clients.
    """

    count: Annotated[int, Field(strict=True, ge=1)] | Literal[True] = True
    number: Number | None = None
    device: Annotated[int, Field(strict=True, ge=0)] | None = None


class AckErrors(Hits):
    """The messages that clients send are refused with this code, and reach nobody."""

    code: Annotated[str, Field(pattern=r"^\d{3}$", coerce_numbers_to_str=True)]


class StreamError(Body):
    number: Number
    code: Annotated[str, Field(pattern=r"^\d{3}$", coerce_numbers_to_str=True)] | None = None
    conflict: Literal["replaced", "device_removed"] | None = None

    @model_validator(mode="after")
    def _one(self) -> StreamError:
        if (self.code is None) == (self.conflict is None):
            raise ValueError("Give either code or conflict.")
        return self


class LoginFailure(Body):
    """Without a number it refuses clients that want to be linked."""

    number: Number | None = None
    reason: Annotated[str, Field(pattern=r"^\d{3}$", coerce_numbers_to_str=True)]
    code: Annotated[str, Field(coerce_numbers_to_str=True)] | None = None
    expire: Annotated[str, Field(coerce_numbers_to_str=True)] | None = None


class FailedLookup(Body):
    """Look-ups of the number fail with the code; without one they get no answer."""

    number: Number
    code: Annotated[int, Field(strict=True, ge=400, le=599)] | None = None


class PushedReceipt(Body):
    """A receipt from the account's own phone, about the message with this id or about an unknown one."""

    number: Number
    type: str
    message_id: str | None = None


class PushedTyping(Body):
    """Somebody else is seen in this state by the account's clients, also one that WhatsApp does not have."""

    number: Number
    by: Number
    state: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]


HitCount = Annotated[int, Field(strict=True, ge=1)] | Literal[True] | Hits


class MediaHits(Body):
    """What the next uploads or downloads meet, all of them unless `count`, `kind`, `host` or `way` says which.

    Exactly one of status, rate (bytes a second), lifetime (seconds for which the URLs made from now on are good) and
    effect.
    """

    on: Direction = Direction.DOWNLOAD
    count: Annotated[int, Field(strict=True, ge=1)] | Literal[True] = True
    kind: Literal["image", "video", "audio", "document"] | None = None
    host: Literal["primary", "fallback"] | None = None
    way: Way | None = None
    status: Annotated[int, Field(strict=True, ge=400, le=599)] | None = None
    rate: Annotated[int, Field(strict=True, ge=1)] | None = None
    lifetime: Annotated[int, Field(strict=True, ge=0)] | None = None
    effect: Effect | None = None

    @model_validator(mode="after")
    def _one(self) -> MediaHits:
        if [self.status, self.rate, self.lifetime, self.effect].count(None) != 3:
            raise ValueError("Give one of status, rate, lifetime and effect.")
        if self.on is Direction.UPLOAD and (self.way is not None or self.effect is Effect.CORRUPT):
            raise ValueError("Only downloads have a way and can be corrupt.")
        return self


class FaultsBody(Body):
    drop: Literal[True] | OfNumber | None = None
    refuse_seconds: float | None = Field(default=None, gt=0, le=3600)
    silent: Literal[True] | OfNumber | None = None
    withhold_acks: HitCount | None = None
    duplicate: HitCount | None = None
    lose_receipts: HitCount | None = None
    corrupt: HitCount | None = None
    late: HitCount | None = None
    stream_error: StreamError | None = None
    login_failure: LoginFailure | None = None
    failed_lookup: FailedLookup | None = None
    silent_privacy: bool = False
    receipt: PushedReceipt | None = None
    typing: PushedTyping | None = None
    pairing: PairingFault | None = None
    ack_errors: AckErrors | None = None
    media: MediaHits | None = None
    qr_refs: int | None = Field(default=None, ge=1, le=6)
    latency_seconds: float | None = Field(default=None, gt=0, le=60)

    @model_validator(mode="after")
    def _something(self) -> FaultsBody:
        if not self.model_fields_set:
            raise ValueError("Name at least one fault.")
        return self
