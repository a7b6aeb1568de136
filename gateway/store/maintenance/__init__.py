"""What operators and the sweeper ask of all rows together: stale rows, retention, gauges, diagnosis, resharding."""
