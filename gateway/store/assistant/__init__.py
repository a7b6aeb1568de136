"""The assistant's tables: settings, conversations, turns, usage, and what is decided when a message is stored."""
