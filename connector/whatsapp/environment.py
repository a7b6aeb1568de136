"""What must stand in the environment of a process before it is started, because Go reads only that."""

from __future__ import annotations

# Without it neonize marks every private message as sent by a bot.
GO_ENVIRONMENT = {"NEONIZE_BOT_TAG": "off"}
