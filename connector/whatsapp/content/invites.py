"""Invitations to groups and channels."""

from __future__ import annotations

from typing import Any

from connector.whatsapp.content.described import Described
from connector.whatsapp.content.values import moment
from connector.whatsapp.library import e2e_pb2
from gateway.domain.content import GroupInvite, NewsletterInvite


def group_invite(value: e2e_pb2.GroupInviteMessage) -> Described:
    details = GroupInvite(
        group=value.groupJID or None,
        name=value.groupName or None,
        code=value.inviteCode or None,
        text=value.caption or None,
        expires_at=moment(value.inviteExpiration),
    )
    return Described("group_invite", value.caption or None, details)


def newsletter_admin_invite(value: e2e_pb2.NewsletterAdminInviteMessage) -> Described:
    return _newsletter_invite(value, role="admin", expires_at=moment(value.inviteExpiration))


def newsletter_invite(value: e2e_pb2.NewsletterFollowerInviteMessage) -> Described:
    return _newsletter_invite(value, role="follower")


def _newsletter_invite(value: Any, **more: Any) -> Described:  # noqa: ANN401 - one of two protobuf classes
    details = NewsletterInvite(
        newsletter=value.newsletterJID or None,
        name=value.newsletterName or None,
        text=value.caption or None,
        **more,
    )
    return Described("newsletter_invite", value.caption or None, details)
