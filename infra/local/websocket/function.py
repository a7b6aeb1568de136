"""The function behind the API: some instances, each used by one invocation at a time."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.local.lambdas.instance import Function, Instance


class Instances:
    """Each thread has an instance of its own, which is tied to it."""

    def __init__(self, function: Function, at_once: int) -> None:
        self._function = function
        self._own = threading.local()
        self._made: list[Instance] = []
        self._threads = ThreadPoolExecutor(at_once, initializer=self._make)

    async def invoke(self, event: dict[str, Any]) -> Any:  # noqa: ANN401
        """Return what the function returns. Raises InvocationError."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._invoke, event)

    def kill(self) -> None:
        for instance in self._made:
            instance.kill()

    def _make(self) -> None:
        self._own.instance = Instance(self._function)
        self._made.append(self._own.instance)

    def _invoke(self, event: dict[str, Any]) -> Any:  # noqa: ANN401
        return self._own.instance.invoke(event)
