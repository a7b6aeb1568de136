"""functions/replies with everything real around it: PostgreSQL, SQS, KMS, and a model's service over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from functions.replies.keys import KeyRing
from functions.replies.model import Model
from functions.replies.model_caller import ModelCaller
from functions.replies.replying import Replier
from gateway.aws.encryption import ModelKeys
from gateway.aws.notifier import Notifier
from gateway.aws.queues import CommandQueues, TurnQueue
from gateway.domain.turns import DueTurn
from gateway.settings import RepliesSettings
from gateway.store.assistant import configs, turns
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.assistant.turns import Turn
from gateway.store.database import Database
from infra.local.database import DatabaseUrls
from infra.local.queues import sqs_client
from infra.local.services import ModelStub
from tests.integration.api.server import until
from tests.integration.store.conftest import (  # noqa: F401 (fixtures)
    Owned,
    Store,
    linked,
    make_linked,
    make_session,
    owned,
    store,
    user,
)
from tests.integration.talk import Talk, talking
from tests.stack import Queues, Stack


@dataclass(frozen=True, slots=True)
class Service:
    """The model's service, as tests steer it."""

    stub: ModelStub
    http: httpx.Client

    def fault(self, **fault: Any) -> None:
        self.http.post("/faults", json=fault).raise_for_status()

    @contextmanager
    def held(self) -> Iterator[None]:
        """The next answer waits until this ends."""
        self.fault(held=True)
        try:
            yield
        finally:
            self.http.delete("/faults").raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """Oldest first."""
        seen: list[dict[str, Any]] = self.http.get("/requests").json()["requests"]
        return seen


@pytest.fixture(scope="module")
def queues(stack: Stack) -> Queues:
    """Those of the module: a set takes as long to make as a test takes."""
    return stack.queues()


@pytest.fixture
def service(stack: Stack) -> Iterator[Service]:
    with httpx.Client(base_url=stack.model.url, verify=False) as http:
        http.delete("/faults")
        http.delete("/requests")
        yield Service(stack.model, http)


@dataclass(frozen=True, slots=True)
class Assistant:
    """The assistant of one session."""

    talk: Talk
    service: Service
    queues: Queues
    models: list[Model]

    def make(self, **settings: Any) -> Replier:
        """functions/replies with some settings changed."""
        return replier(self.talk.replies, self.models, **settings)

    def answer(self, due: DueTurn | None, **settings: Any) -> Turn:
        """The turn after one doorbell for it."""
        assert due
        self.make(**settings).answer(due.turn_id)
        return self.talk.turn(due.turn_id)

    @contextmanager
    def thinking(self, due: DueTurn | None, **settings: Any) -> Iterator[None]:
        """The turn's model is asked, and answers when this ends; so does the turn."""
        seen = len(self.service.requests())
        with ThreadPoolExecutor(1) as pool:
            with self.service.held():
                answering = pool.submit(self.answer, due, **settings)
                until(lambda: answering.done() or len(self.service.requests()) > seen)
                assert not answering.done(), answering.result()
                yield
            answering.result()

    def test(self, text: str, **settings: Any) -> Turn:
        """The turn of a trial."""
        with self.talk.store.functions.transaction() as connection:
            asked = turns.request_test(connection, self.talk.session_id, text)
        return self.answer(DueTurn(asked.id), **settings)

    def config(self) -> AssistantConfig:
        with self.talk.store.functions.transaction() as connection:
            return configs.get(connection, self.talk.session_id)

    def doorbells(self, queue: str = "replies") -> int:
        """How many doorbells wait in the queue, delayed ones included."""
        return self._count(queue, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed")

    def in_flight(self) -> int:
        """How many doorbells were received and not deleted yet."""
        return self._count("replies", "ApproximateNumberOfMessagesNotVisible")

    def _count(self, queue: str, *names: str) -> int:
        answer = sqs_client(self.queues.endpoint).get_queue_attributes(
            QueueUrl=self.queues.urls[queue], AttributeNames=["All"]
        )
        return sum(int(value) for name, value in answer["Attributes"].items() if name in names)

    def commands(self) -> list[tuple[str, dict[str, Any]]]:
        """Kind and payload, in order."""
        with self.talk.store.functions.transaction() as connection:
            rows = connection.execute(
                "SELECT kind, payload FROM gateway.commands WHERE session_id = %s ORDER BY seq", [self.talk.session_id]
            ).fetchall()
        return [(row["kind"], row["payload"]) for row in rows]


@pytest.fixture
def talk(store: Store, linked: Owned, module_database: DatabaseUrls) -> Iterator[Talk]:  # noqa: F811
    with talking(store, linked, module_database) as talk:
        talk.configure(system_prompt="Rent is due on the third.")
        yield talk


@pytest.fixture
def assistant(
    talk: Talk, service: Service, queues: Queues, module_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Assistant]:
    environment = {
        **queues.environment,
        **service.stub.functions_environment,
        "GATEWAY_DATABASE_URL": module_database.replies,
        "GATEWAY_MODEL_TIMEOUT_SECONDS": "30",
        "GATEWAY_MODEL_RETRIES": "0",
        "GATEWAY_RETRY_BASE_SECONDS": "0",
        "GATEWAY_PRIVATE_MODEL_URLS": "true",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for queue in ("replies", f"commands-{talk.owned.shard}"):
        sqs_client(queues.endpoint).purge_queue(QueueUrl=queues.urls[queue])
    models: list[Model] = []
    yield Assistant(talk, service, queues, models)
    for model in models:
        model.close()


def replier(database: Database, models: list[Model], **changes: Any) -> Replier:
    """As the handler makes it, with some settings changed."""
    settings = RepliesSettings(**changes)
    keys = KeyRing(ModelKeys(settings.kms_key_id), settings.model_api_key, settings.key_cache_seconds)
    models.append(Model(settings.model_timeout_seconds, settings.model_retries))
    notifier = Notifier(CommandQueues(settings.queue_prefix), TurnQueue(settings.queue_prefix))
    return Replier(settings, database, ModelCaller(settings, models[-1], keys), notifier)
