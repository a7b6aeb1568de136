"""Pushes events to WebSocket connections: one run at a time, while somebody has subscribed."""
