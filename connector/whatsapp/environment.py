"""Environment variables that a process needs before it is started, because Go and libc read only those of exec."""

from __future__ import annotations

GO_ENVIRONMENT = {
    # Without it neonize marks every private message as sent by a bot.
    "NEONIZE_BOT_TAG": "off",
    # Go lets its heap double between collections, libc gives every few threads an arena of their own: a process with
    # hundreds of threads that mostly wait keeps memory for nothing.
    "GOGC": "50",
    "MALLOC_ARENA_MAX": "2",
}
