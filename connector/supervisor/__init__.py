"""The parent of the workers: it starts them, replaces those that die, and reports their health."""
