"""The WebSocket API: who connects, what each connection wants, and messages that are sent over it."""
