"""Environment variables that a process needs before it is started, because Go reads only the environment of exec."""

from __future__ import annotations

# Without it neonize marks every private message as sent by a bot.
GO_ENVIRONMENT = {"NEONIZE_BOT_TAG": "off"}
