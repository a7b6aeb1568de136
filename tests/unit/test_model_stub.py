"""What the model stub of `make up` says of itself."""

from __future__ import annotations

from infra.local.model.completions import EXPLAINING, ChatMessage, CompletionRequest, complete


def test_it_says_that_it_is_one_and_how_to_set_a_model() -> None:
    request = CompletionRequest(model=EXPLAINING, messages=[ChatMessage(role="user", content="Hello")])
    text = complete(request, None).text or ""
    assert text.startswith("I am a stub")
    assert "OPENAI_API_KEY" in text
    assert text.endswith("You wrote: Hello")
