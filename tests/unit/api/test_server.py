"""What runs the API on one machine."""

from __future__ import annotations

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


async def nothing(scope: object, receive: object, send: object) -> None:
    """Stand for an app: only its server is looked at."""


def test_requests_are_read_and_waited_for_by_libraries_in_c() -> None:
    config = uvicorn.Config(nothing)
    config.load()
    assert config.http_protocol_class is HttpToolsProtocol
    factory = config.get_loop_factory()
    assert factory
    loop = factory()
    assert isinstance(loop, uvloop.Loop)
    loop.close()
