"""What operators and the sweeper do over all sessions: stale rows, retention, gauges, diagnosis, resharding, keys."""
