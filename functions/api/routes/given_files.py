"""Files that are given to be sent, through the API."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from functions.api.auth import SenderDep
from functions.api.http.openapi_responses import LOCATION, problems
from functions.api.http.routing import UploadRoute
from functions.api.schemas.files import UploadBody
from functions.api.services import ServicesDep
from functions.api.uploads import take_in

router = APIRouter(prefix="/sessions/{session_id}/media", tags=["media"], route_class=UploadRoute)


@router.post(
    "",
    status_code=201,
    summary="Upload a file",
    responses={201: {"headers": LOCATION}, **problems(404, body=True)},
)
async def create_file(
    session_id: UUID,
    caller: SenderDep,
    services: ServicesDep,
    response: Response,
    file: Annotated[UploadFile, File(description="The file, with its name.")],
) -> UploadBody:
    """Of the same bytes under the same name there is one upload, however often it is made.

    AWS takes bodies of 6 MB; upload what is larger past the API (`POST …/media/uploads`).
    """
    upload = await run_in_threadpool(take_in, services, caller, session_id, file.file, file.filename, "file")
    response.headers["Location"] = f"/sessions/{session_id}/media/uploads/{upload.id}"
    return UploadBody.of(upload)
