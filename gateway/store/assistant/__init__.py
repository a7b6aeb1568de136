"""The assistant's tables: settings, turns and usage; what is known of a conversation, and the intake of messages."""
