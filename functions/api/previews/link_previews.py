"""Previews of links, kept a while in memory, so that many sends of one link fetch it once.

They are in no table: links may be secret, and a process that starts fetches again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from gateway.domain.links import LinkPreview, first_link
from gateway.preview_settings import PreviewSettings

_AT_ONCE = 8
_MOST = 256
_KEPT_SECONDS = 600.0
# A page that could not be had is asked again sooner.
_MISSING_KEPT_SECONDS = 30.0
# Of the seconds that a send waits for its preview, for what is not fetching: parsing, and a thread to begin.
_FETCHING = 0.9


@dataclass(frozen=True, slots=True)
class _Kept:
    future: Future[LinkPreview | None]
    begun_at: float

    @property
    def is_fresh(self) -> bool:
        if not self.future.done():
            return True
        seconds = _KEPT_SECONDS if self.future.result() else _MISSING_KEPT_SECONDS
        return time.monotonic() - self.begun_at < seconds


class LinkPreviews:
    """Used by the event loop alone; pages are fetched on threads of their own."""

    def __init__(self, settings: PreviewSettings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="link-preview")
        self._fetch: Callable[[str], LinkPreview | None] | None = None
        self._kept: dict[str, _Kept] = {}

    def link_of(self, text: str) -> str | None:
        """Return the first link of a text, of which there is to be a preview; None where there is none."""
        return first_link(text) if self._settings.link_previews else None

    async def of(self, link: str) -> LinkPreview | None:
        """Return the preview of a link; None where there is none within the time of the settings."""
        fetching = self._fetching(link)
        if fetching is None:
            return None
        waiting = asyncio.wrap_future(fetching)
        done, _ = await asyncio.wait([waiting], timeout=self._settings.link_preview_seconds)
        return waiting.result() if done else None

    def _fetching(self, link: str) -> Future[LinkPreview | None] | None:
        """Return what fetches the page, or has; None while too many others wait."""
        kept = self._kept.pop(link, None)
        if kept is None or not kept.is_fresh:
            if not self._has_room():
                return None
            kept = _Kept(self._pool.submit(self._run, link), time.monotonic())
        # The last one in it is the one that was used last.
        self._kept[link] = kept
        return kept.future

    def _has_room(self) -> bool:
        """Forget the one that was used longest ago where there are many; False where all of them are under way."""
        if len(self._kept) < _MOST:
            return True
        ended = next((link for link, kept in self._kept.items() if kept.future.done()), None)
        if ended is not None:
            del self._kept[ended]
        return ended is not None

    def _run(self, link: str) -> LinkPreview | None:
        if self._fetch is None:
            # Most processes send no link: HTTP, HTML and pictures would make each of their starts slower.
            from functions.api.previews.fetcher import Fetcher

            seconds, private = self._settings.link_preview_seconds * _FETCHING, self._settings.private_preview_urls
            self._fetch = Fetcher(seconds, private=private).fetch
        return self._fetch(link)
