"""A WebSocket API on one machine as API Gateway runs it: the same function behind it, its limits, its errors."""
