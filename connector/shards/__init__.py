"""Which shards this worker holds, how it is told of their sessions, and which of them it runs."""
