"""A server that ends leaves nobody with an answer that says nothing."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import uvicorn
from starlette.types import Receive, Scope, Send

from functions.api.http import problems
from functions.api.http.context import RequestContextMiddleware
from functions.error_boundary import ErrorBoundary
from infra.local.ports import LOOPBACK, free_port


def test_a_request_that_it_does_not_wait_for_is_asked_again() -> None:
    asked = threading.Event()

    async def wait(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await asyncio.sleep(3600)

    boundary = ErrorBoundary(wait, respond=problems.unexpected, respond_at_end=problems.restarting)
    port = free_port()
    config = uvicorn.Config(
        RequestContextMiddleware(boundary), LOOPBACK, port, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = threading.Thread(target=server.run)
    serving.start()
    transport = httpx.HTTPTransport(retries=8)
    with ThreadPoolExecutor(1) as pool, httpx.Client(transport=transport, timeout=60, trust_env=False) as http:
        answer = pool.submit(http.post, f"http://{LOOPBACK}:{port}/")
        assert asked.wait(60)
        server.should_exit = True
        response = answer.result()
    serving.join()
    assert (response.status_code, response.json()["code"]) == (503, "restarting")
    assert response.headers["Retry-After"] == "1"
