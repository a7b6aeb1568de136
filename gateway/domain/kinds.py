"""The kinds of messages: which people see as a message of its own, which stand for one, which change another. Pure."""

from __future__ import annotations

from typing import Final

# Could not be read; it may come again and be read then.
UNDECRYPTABLE: Final = "undecryptable"
# WhatsApp does not give it to linked devices; mostly a photo or video that can be viewed once.
UNAVAILABLE: Final = "unavailable"

# What stands for a message that is not known; the later one of this order says more.
PLACEHOLDERS: Final = (UNDECRYPTABLE, UNAVAILABLE)

# The kinds that are shown as the last message of their chat and count as unread; all others are about another message,
# as reactions and votes are, are shown as others, as albums are, or are no message to people.
SHOWN: Final = frozenset(
    {
        "text", "image", "video", "audio", "voice", "document", "sticker", "location", "live_location", "contact",
        "contacts", "poll", "event", "buttons_reply", "list_reply", "template_reply", "interactive_reply", "buttons",
        "list", "template", "interactive", "group_invite", "newsletter_invite", "product", "order", "payment",
        "poll_results", "sticker_pack", "call", "scheduled_call", "phone_number_request", "comment", *PLACEHOLDERS,
        # Shown by phones and not decoded.
        "unknown:musicMessage",
    }
)  # fmt: skip

# What changes or marks another message, or the chat, when we send it.
ACTIONS: Final = ("reaction", "edit", "delete", "pin", "disappearing")
# Those, and what others of ours are part of: to be applied to them once WhatsApp has it.
ABOUT_OTHERS: Final = (*ACTIONS, "album")
# What can be sent for a time only after the message that it changes.
WINDOWED: Final = ("edit", "delete")


def says_more(message_type: str, stored_type: str) -> bool:
    """Return whether a message of this kind says more than what is stored in its place."""
    if stored_type not in PLACEHOLDERS:
        return False
    return message_type not in PLACEHOLDERS[: PLACEHOLDERS.index(stored_type) + 1]
