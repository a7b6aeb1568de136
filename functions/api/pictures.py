"""Pictures of people and groups: WhatsApp is asked for one before it is shown."""

from __future__ import annotations

from functions.api.operations import only, read_at_whatsapp
from functions.api.queueing import SendRequest
from gateway.callers import Caller
from gateway.domain.operations import ReadPicture
from gateway.domain.sessions import SessionState
from gateway.store.sessions import Session


async def read_picture(looking: SendRequest, caller: Caller, session: Session, jid: str) -> None:
    """Have WhatsApp asked for a picture, where it can be.

    Raises Conflict while WhatsApp does not answer, OperationFailed.
    """
    if session.presented.state is SessionState.CONNECTED:
        await read_at_whatsapp(looking, caller, session, only(ReadPicture(jid)))
