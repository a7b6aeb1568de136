"""One session as its owner runs it: its goal, its connection to WhatsApp, its commands and what it receives."""
