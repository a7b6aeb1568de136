"""Calls to addresses that people give us: kept to public networks, to a deadline and to a size."""
