"""Which shards this worker holds, what it hears of them, and which of their sessions it runs."""
