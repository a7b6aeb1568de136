"""Received events on their way into the inbox: a file of each worker, which outlives it, and who carries it over."""
