"""The process that runs sessions: its start, and its parts."""
