"""Pictures of people and groups, as pages show them beside names."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Response

from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH
from functions.explorer.routes.media import redirect_to_file
from gateway.client import MediaPending, MediaUnavailable, contacts, groups

router = APIRouter(prefix=f"{PATH}/sessions/{{session_id}}")


@router.get("/pictures/{media_id}")
def show_picture(gateway: GatewayDep, session_id: UUID, media_id: UUID) -> Response:
    """Lead to a picture; to nothing, without an error, while it is fetched: the letter below it is seen."""
    try:
        return redirect_to_file(gateway, session_id, media_id)
    except (MediaPending, MediaUnavailable):
        return Response(status_code=204, headers={"Cache-Control": "no-store"})


@router.get("/chats/{chat_id}/picture")
def look_for_picture(
    gateway: GatewayDep, session_id: UUID, chat_id: UUID, kind: Literal["user", "group"] = "user"
) -> Response:
    """Have WhatsApp asked for the picture of a chat; the next update of the page shows it. Raise Problem."""
    if kind == "group":
        gateway.ask(groups.group(session_id, chat_id))
    else:
        gateway.ask(contacts.contact(session_id, chat_id))
    return Response(status_code=204)
