"""The kinds of messages that are more than a text, a file or a place: from WhatsApp's protobuf to gateway.domain."""
