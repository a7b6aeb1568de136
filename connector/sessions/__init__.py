"""One session as its owner runs it: its goal, its link to WhatsApp, its commands and what it receives."""
