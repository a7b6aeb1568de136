"""Sessions as the API shows them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from gateway.domain.history import LONGEST_DAYS, HistoryImport, HistoryScope
from gateway.domain.media import MediaKind
from gateway.domain.presence import PresenceSetting
from gateway.domain.sessions import DesiredState, Reason, SessionState
from gateway.qr import data_url
from gateway.schemas.base import USER_PROFILE_ID, Moment, RequestBody, ResponseBody, Text
from gateway.store.sessions import Session

_SESSION_ID = "0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10"


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("Control characters are not allowed.")
    return name


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_printable)
]


ExternalId = Annotated[
    Text,
    StringConstraints(min_length=1, max_length=200),
    Field(
        description="Your own id of whose session it is; `GET /sessions?externalId=` finds it. It need not be unique."
    ),
]
Metadata = Annotated[
    dict[
        Annotated[Text, StringConstraints(min_length=1, max_length=40)],
        Annotated[Text, StringConstraints(max_length=500)],
    ],
    Field(max_length=20, description="Texts of yours, up to 20; the gateway only keeps them."),
]
_MEDIA_POLICY: JsonDict = {"maxBytes": 20_000_000, "kinds": ["image", "voice", "document"]}
_IMPORT: JsonDict = {"percent": 100, "chats": 61, "messages": 4200, "finished": True, "complete": True}
_OWN: JsonDict = {"externalId": "tenant-4711", "metadata": {"plan": "pro"}}


class MediaPolicyBody(RequestBody):
    """Which files of received messages are fetched; what is omitted is not limited."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MEDIA_POLICY]})

    max_bytes: Annotated[int | None, Field(ge=0, le=2**31 - 1, description="Larger files are not fetched.")] = None
    kinds: Annotated[list[MediaKind] | None, Field(max_length=6, description="Others are not; `[]`: none.")] = None


class CreateSession(RequestBody):
    """A session to make; it is linked later, by `connect`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sessionName": "Rental office", "userProfileId": USER_PROFILE_ID, **_OWN}]}
    )

    session_name: Name
    user_profile_id: Annotated[
        UUID | None, Field(description="Whose session it is; an app key must say so, a user key's is its own.")
    ] = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default={})


class ChangeSession(RequestBody):
    """What is given is changed, the rest stays as it is; `metadata` is replaced as a whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sessionName": "Rental office, 2nd floor"}]})

    session_name: Annotated[Name, Field(default_factory=str)]
    external_id: Annotated[ExternalId | None, Field(description="null removes it.")] = None
    metadata: Annotated[Metadata, Field(default_factory=dict)]
    media_policy: Annotated[MediaPolicyBody | None, Field(description="null: all, to the limit.")] = None
    presence: Annotated[
        PresenceSetting, Field(description="When the number is available, which alone shows who types and is online.")
    ] = PresenceSetting.OFF


class ConnectSession(RequestBody):
    """How to link: by QR code, or by a code typed on the phone of this number; and what the phone is asked for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"phoneNumber": "+4915112345678", "history": "recent", "historyDays": 90}]}
    )

    phone_number: Annotated[str, Field(max_length=64)] | None = None
    history: Annotated[
        HistoryScope | None, Field(description="Which chats from before the link are imported; the phone decides.")
    ] = None
    history_days: Annotated[
        int | None, Field(ge=1, le=LONGEST_DAYS, description="How far back; the phone's choice where it is left out.")
    ] = None


class HistoryBody(ResponseBody):
    """How far the import of the history has come; `percent` is the phone's figure."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IMPORT]})

    percent: int
    chats: int
    messages: int
    finished: bool
    complete: bool | None = Field(None, description="Once finished: whether all came that the phone announced.")

    @classmethod
    def of(cls, stored: dict[str, Any] | None) -> HistoryBody | None:
        if stored is None:
            return None
        done = HistoryImport.of(stored)
        return cls(
            percent=done.percent,
            chats=done.chats,
            messages=done.messages,
            finished=done.finished_at is not None,
            complete=done.complete,
        )


class SessionBody(ResponseBody):
    """A session; `reason` says why it is in its state where the state alone does not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _SESSION_ID,
                    "userProfileId": USER_PROFILE_ID,
                    "sessionName": "Rental office",
                    "status": "connected",
                    "reason": None,
                    "reasonDetail": None,
                    "phoneNumber": "+4915112345678",
                    "desiredState": "connected",
                    **_OWN,
                    "mediaPolicy": _MEDIA_POLICY,
                    "history": "recent",
                    "historyDays": None,
                    "historyImport": _IMPORT,
                    "presence": "off",
                    "lastConnectedAt": "2026-08-21T09:31:12.042Z",
                    "lastDisconnectedAt": None,
                    "createdAt": "2026-08-21T09:30:55.310Z",
                    "updatedAt": "2026-08-21T09:31:12.042Z",
                }
            ]
        }
    )

    id: UUID
    user_profile_id: UUID
    session_name: str
    status: SessionState
    reason: Reason | None
    reason_detail: str | None
    phone_number: str | None
    desired_state: DesiredState
    external_id: str | None
    metadata: dict[str, str]
    media_policy: MediaPolicyBody | None = Field(description="Which files are fetched; null: all.")
    history: HistoryScope = Field(description="Which history a phone is asked for when it is linked.")
    history_days: int | None = Field(description="How far back; null: the phone decides.")
    history_import: HistoryBody | None = Field(description="How far it has come; null before anything did.")
    presence: PresenceSetting = Field(description="When the number is available.")
    last_connected_at: Moment | None
    last_disconnected_at: Moment | None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, session: Session) -> SessionBody:
        return cls(
            id=session.id,
            user_profile_id=session.user_profile_id,
            session_name=session.session_name,
            status=session.presented.state,
            reason=session.presented.reason,
            reason_detail=session.sentence,
            phone_number=session.phone_number,
            desired_state=DesiredState(session.desired_state),
            external_id=session.external_id,
            metadata=session.metadata,
            media_policy=MediaPolicyBody.model_validate(session.media_policy) if session.media_policy else None,
            history=HistoryScope(session.history),
            history_days=session.history_days,
            history_import=HistoryBody.of(session.history_import),
            presence=PresenceSetting(session.presence),
            last_connected_at=session.last_connected_at,
            last_disconnected_at=session.last_disconnected_at,
            created_at=session.created_at,
            updated_at=session.updated_at,
        )


class SessionPage(ResponseBody):
    """Newest first."""

    sessions: list[SessionBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")


class StateBody(ResponseBody):
    """The state a session is in, or on its way from."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "connecting"}]})

    status: SessionState
    reason: Reason | None = None
    reason_detail: str | None = None

    @classmethod
    def of(cls, session: Session) -> StateBody:
        return cls(status=session.presented.state, reason=session.presented.reason, reason_detail=session.sentence)


class StatusBody(StateBody):
    """The state with what is needed to act on it; fields that do not apply are left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "qr_pending",
                    "qrCode": "data:image/png;base64,iVBORw0KGgo…",
                    "qrExpiresAt": "2026-08-21T09:31:55.000Z",
                },
                {"status": "connected", "phoneNumber": "+4915112345678"},
            ]
        }
    )

    phone_number: str | None = None
    qr_code: str | None = Field(None, description="A PNG as a data URL; scan it under Linked devices.")
    qr_text: str | None = Field(None, description="What stands in the QR code, for those who draw it themselves.")
    qr_expires_at: Moment | None = None
    pairing_code: str | None = Field(None, description="Type it on the phone instead of scanning.")
    pairing_code_expires_at: Moment | None = Field(None, description="Another code follows.")
    queue_position: int | None = Field(None, description="Place among those who wait for a code; 1 is the next.")
    retry_at: Moment | None = Field(None, description="When the gateway tries again by itself.")
    history_import: HistoryBody | None = Field(None, description="Of the phone's history, once it has begun to come.")

    @classmethod
    def of(cls, session: Session) -> StatusBody:
        pairing = _pairing_is_open(session)
        qr_code = session.qr_code if pairing else None
        return cls(
            status=session.presented.state,
            reason=session.presented.reason,
            reason_detail=session.sentence,
            phone_number=session.phone_number,
            qr_code=data_url(qr_code) if qr_code else None,
            qr_text=qr_code,
            qr_expires_at=session.qr_expires_at if qr_code else None,
            pairing_code=session.pairing_code if pairing else None,
            pairing_code_expires_at=session.qr_expires_at if pairing and session.pairing_code else None,
            queue_position=session.link_position if session.presented.reason is Reason.WAITING_TO_LINK else None,
            retry_at=session.reason_expires_at,
            history_import=HistoryBody.of(session.history_import),
        )


def _pairing_is_open(session: Session) -> bool:
    """A code is worth nothing when it has expired, or when the process that showed it is gone."""
    if session.state is not SessionState.QR_PENDING or not session.owned:
        return False
    return session.qr_expires_at is None or session.qr_expires_at > session.as_of
