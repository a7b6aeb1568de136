"""Bodies that the API, SSE, WebSocket and webhooks share: events in their envelope, and the messages they carry."""
