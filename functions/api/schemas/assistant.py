"""The assistant as the API shows it: its settings, its turns, what it used."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, SecretStr
from pydantic.config import JsonDict

from functions.api.schemas.turns import USAGE, TurnUsage
from gateway.domain.assistant import DEFAULTS, GroupPolicy, Language, TakeoverReason, UnseenMedia
from gateway.domain.messages import MAX_TEXT_CHARACTERS
from gateway.domain.turns import Failure, sentence
from gateway.schemas.base import Moment, RequestBody, ResponseBody, Text, shown
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.assistant.usage import DayUsage

_CHAT_ID = "0198c7a6-1b2b-7a1e-b0c4-5a7be1f0d2c3"
_DAY: JsonDict = {"day": "2026-08-21", "calls": 14, **USAGE}
_ASSISTANT: JsonDict = {
    "enabled": True,
    "systemPrompt": "You answer for Meyer Apartments. Rent is due on the 3rd.",
    "model": None,
    "apiKey": "wXyZ",
    "baseUrl": None,
    "temperature": 0.3,
    "maxTokens": 500,
    "historyMessages": 30,
    "historyTokens": 3000,
    "historyHours": 24,
    "debounceSeconds": 4,
    "maxAgeSeconds": 120,
    "groups": "never",
    "allow": [],
    "deny": ["+4915112345678"],
    "takeoverMinutes": 30,
    "fallbackText": "We will get back to you.",
    "dailyTokens": 200_000,
    "keepPrompts": False,
    "language": None,
    "timeZone": "Europe/Berlin",
    "disclose": True,
    "disclosureText": None,
    "unseenMedia": "say",
    "problem": None,
    "problemDetail": None,
    "problemAt": None,
    "pausedUntil": None,
    "updatedAt": "2026-08-21T09:12:45.000Z",
}


Contacts = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=64)]],
    Field(max_length=1000, description="Phone numbers with their country code, or users' JIDs."),
]
GROUPS_TEXT = "`mentioned`: in groups, messages that mention or quote this number are answered."
LANGUAGE_TEXT = "Of the texts that the gateway itself sends; null: that of the number's country, else English."
ZONE_TEXT = "IANA name: what the model is told of the time, and when the day of the budget begins."
DISCLOSE_TEXT = "Contacts are told that a machine answers: with its first message in a chat, and again after 30 days."
UNSEEN_TEXT = (
    "Images, videos, voice messages and files, which the model cannot see: `say` so, be `silent`, or `hand_over` the "
    "chat to a person for `takeoverMinutes`."
)
ALLOW_TEXT = "Only these contacts are answered; everybody where it is empty."


class AssistantSettings(RequestBody):
    """PATCH changes what is given, PUT sets the rest to its defaults; null takes a value back that may be null."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"enabled": True, "systemPrompt": "You answer for Meyer Apartments. Rent is due on the 3rd."}]
        }
    )

    enabled: bool = DEFAULTS.enabled
    system_prompt: Annotated[Text, Field(max_length=20_000, description="The owner's instructions.")] = (
        DEFAULTS.system_prompt
    )
    model: Annotated[Text | None, Field(min_length=1, max_length=200, description="null: the platform's.")] = None
    api_key: Annotated[
        SecretStr | None,
        Field(
            min_length=4,
            max_length=1000,
            description="The key of the model's service. It is stored encrypted and never shown: answers hold its last "
            "four characters, which are also taken as `unchanged`. null removes it.",
        ),
    ] = None
    base_url: Annotated[
        Text | None,
        Field(
            min_length=1,
            max_length=500,
            description="Any OpenAI-compatible service; null: the platform's. Another one needs its `apiKey`.",
            examples=["https://api.openai.com/v1"],
        ),
    ] = None
    temperature: Annotated[float | None, Field(ge=0, le=2, description="null: the model's own default.")] = None
    max_tokens: Annotated[int, Field(ge=1, le=16_000, description="The longest answer.")] = DEFAULTS.max_tokens
    history_messages: Annotated[int, Field(ge=1, le=200, description="How much of the chat the model is shown.")] = (
        DEFAULTS.history_messages
    )
    history_tokens: Annotated[int, Field(ge=50, le=100_000)] = DEFAULTS.history_tokens
    history_hours: Annotated[int, Field(ge=1, le=720)] = DEFAULTS.history_hours
    debounce_seconds: Annotated[
        int, Field(ge=0, le=60, description="A burst of messages gets one answer, after so long a silence.")
    ] = DEFAULTS.debounce_seconds
    max_age_seconds: Annotated[
        int, Field(ge=1, le=86_400, description="Older messages, such as after a reconnect, are not answered.")
    ] = DEFAULTS.max_age_seconds
    groups: Annotated[GroupPolicy, Field(description=GROUPS_TEXT)] = DEFAULTS.groups
    allow: Annotated[Contacts, Field(description=ALLOW_TEXT, default_factory=list)]
    deny: Annotated[Contacts, Field(description="These contacts are never answered.", default_factory=list)]
    takeover_minutes: Annotated[
        int, Field(ge=0, le=10_080, description="How long a person who wrote in a chat has it in hand; 0: never.")
    ] = DEFAULTS.takeover_minutes
    fallback_text: Annotated[
        Text | None,
        Field(
            min_length=1,
            max_length=MAX_TEXT_CHARACTERS,
            description="Sent when the model gives no answer, at most once an hour a chat; null: nothing is sent.",
        ),
    ] = None
    daily_tokens: Annotated[int | None, Field(ge=0, le=10**12, description="Budget of a day; null: none.")] = (
        DEFAULTS.daily_tokens
    )
    keep_prompts: Annotated[bool, Field(description="Keep what the model was shown and answered in the turns.")] = (
        DEFAULTS.keep_prompts
    )
    language: Annotated[Language | None, Field(description=LANGUAGE_TEXT)] = DEFAULTS.language
    time_zone: Annotated[
        Text, Field(min_length=1, max_length=64, description=ZONE_TEXT, examples=["Europe/Berlin"])
    ] = DEFAULTS.time_zone
    disclose: Annotated[bool, Field(description=DISCLOSE_TEXT)] = DEFAULTS.disclose
    disclosure_text: Annotated[
        Text | None, Field(min_length=1, max_length=1000, description="null: the standard text in `language`.")
    ] = None
    unseen_media: Annotated[UnseenMedia, Field(description=UNSEEN_TEXT)] = DEFAULTS.unseen_media


class AssistantBody(ResponseBody):
    """The assistant of a session; `problem` says why it could not answer last, until it can or is changed."""

    model_config = shown(_ASSISTANT)

    enabled: bool
    system_prompt: str
    model: str | None
    api_key: str | None = Field(description="The last four characters of the stored key.", examples=["wXyZ"])
    base_url: str | None
    temperature: float | None
    max_tokens: int
    history_messages: int
    history_tokens: int
    history_hours: int
    debounce_seconds: int
    max_age_seconds: int
    groups: GroupPolicy = Field(description=GROUPS_TEXT)
    allow: list[str] = Field(description=ALLOW_TEXT)
    deny: list[str]
    takeover_minutes: int
    fallback_text: str | None
    daily_tokens: int | None
    keep_prompts: bool
    language: Language | None = Field(description=LANGUAGE_TEXT)
    time_zone: str = Field(description=ZONE_TEXT)
    disclose: bool = Field(description=DISCLOSE_TEXT)
    disclosure_text: str | None
    unseen_media: UnseenMedia = Field(description=UNSEEN_TEXT)
    problem: Failure | None
    problem_detail: str | None
    problem_at: Moment | None
    paused_until: Moment | None = Field(description="Until then the model is not asked again.")
    updated_at: Moment | None

    @classmethod
    def of(cls, config: AssistantConfig) -> AssistantBody:
        values: dict[str, Any] = {name: getattr(config, name) for name in cls.model_fields if name != "api_key"}
        detail = " ".join(text for text in (sentence(config.problem), config.problem_detail) if text)
        values |= {"api_key": config.key_last4, "problem_detail": detail or None}
        return cls.model_validate(values)


class DayBody(TurnUsage):
    """What was used on one day in the session's time zone."""

    model_config = shown(_DAY)

    day: date
    calls: int

    @classmethod
    def of(cls, usage: DayUsage) -> DayBody:
        return cls(
            day=usage.day,
            calls=usage.calls,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            total_tokens=usage.total,
        )


class UsageBody(ResponseBody):
    """Newest day first; days without use are left out."""

    model_config = shown({"dailyTokens": 200_000, "today": "2026-08-21", "days": [_DAY]})

    daily_tokens: int | None = Field(description="The budget of a day; null: none.")
    today: date = Field(description="In the session's time zone.")
    days: list[DayBody]


class TakeOver(RequestBody):
    """How long a person has the chat in hand."""

    model_config = shown({"minutes": 60})

    minutes: Annotated[
        int | None, Field(ge=1, le=525_600, description="`takeoverMinutes` of the settings where omitted.")
    ] = None


class TakeoverBody(ResponseBody):
    """Who answers in a chat."""

    model_config = shown({"chatId": _CHAT_ID, "takenOver": True, "until": "2026-08-21T10:40:02Z", "reason": "wrote"})

    chat_id: UUID
    taken_over: bool
    until: Moment | None = Field(description="When the assistant answers again by itself.")
    reason: TakeoverReason | None = Field(description="`wrote`: somebody wrote there; `requested`: it was asked for.")
