"""Events of a chat and calls."""

from __future__ import annotations

from connector.whatsapp.attachments import location_of
from connector.whatsapp.content.described import Described
from connector.whatsapp.content.values import enum_name, moment, moment_of_milliseconds
from connector.whatsapp.library import e2e_pb2
from gateway.domain.content import CalendarEvent, Call


def event(value: e2e_pb2.EventMessage) -> Described:
    details = CalendarEvent(
        name=value.name or None,
        description=value.description or None,
        starts_at=moment(value.startTime),
        ends_at=moment(value.endTime),
        canceled=value.isCanceled,
        link=value.joinLink or None,
    )
    place = location_of(value.location) if value.HasField("location") else None
    return Described("event", value.name or None, details, location=place)


def event_invite(value: e2e_pb2.EventInviteMessage) -> Described:
    details = CalendarEvent(
        name=value.eventTitle or None,
        description=value.caption or None,
        starts_at=moment(value.startTime),
        ends_at=moment(value.endTime),
        canceled=value.isCanceled,
        link=value.callLink or None,
    )
    return Described("event", value.eventTitle or None, details)


def call(value: e2e_pb2.CallLogMessage) -> Described:
    details = Call(
        kind="call", video=value.isVideo, outcome=enum_name(value, "callOutcome"), seconds=value.durationSecs
    )
    return Described("call", None, details)


def scheduled_call(value: e2e_pb2.ScheduledCallCreationMessage) -> Described:
    details = Call(
        kind="scheduled_call",
        video=enum_name(value, "callType") == "video",
        title=value.title or None,
        starts_at=moment_of_milliseconds(value.scheduledTimestampMS),
    )
    return Described("scheduled_call", value.title or None, details)
