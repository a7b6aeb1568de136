"""Calls the model for a prepared turn: with which key, at which address; and checks the answer before it is used."""

from __future__ import annotations

from functions.replies.completion import Answer
from functions.replies.errors import Permanent, Withheld
from functions.replies.keys import KeyRing
from functions.replies.model import Model, ModelRequest
from functions.replies.preparing import Work
from gateway.domain.prompts import reveals_rules
from gateway.domain.turns import Failure
from gateway.metrics import Metric, measure
from gateway.settings import RepliesSettings


class ModelCaller:
    def __init__(self, settings: RepliesSettings, model: Model, keys: KeyRing) -> None:
        self._settings = settings
        self._model = model
        self._keys = keys

    def call(self, work: Work) -> Answer:
        """Return the model's answer. Raises NoAnswer."""
        config = work.config
        key = self._keys.find(work.session.id, work.encrypted_key, own_service=config.base_url is not None)
        request = ModelRequest(
            key=key,
            model=self.model_name(work),
            messages=work.prompt,
            max_tokens=work.max_tokens,
            temperature=config.temperature,
            base_url=config.base_url or self._settings.model_base_url,
            guarded=config.base_url is not None and not self._settings.private_model_urls,
        )
        try:
            answer = self._model.complete(request)
        except Permanent as error:
            if error.failure is Failure.KEY_REFUSED and work.encrypted_key is None:
                measure(Metric.PLATFORM_KEY_REFUSED)
            raise
        if reveals_rules(answer.text, config.system_prompt):
            raise Withheld(Failure.PROMPT_LEAK, answer.prompt_tokens, answer.completion_tokens, answer.latency_ms)
        return answer

    def model_name(self, work: Work) -> str:
        """Return the model of the session, or the platform's."""
        return work.config.model or self._settings.model_name
