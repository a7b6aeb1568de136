"""Every block of code in README and docs is run by a test, or named here with the reason why not."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tests.documents import Block, all_blocks, read

E2E = "tests/e2e/test_documents.py::test_the_first_message_of_the_readme_and_the_requests_of_the_pages"
CLIENT = "tests/integration/client/test_documents.py"
TYPESCRIPT = "tests/integration/typescript/test_typescript.py::test_an_example_in_a_document_compiles"
LOCAL = "tests/integration/local_whatsapp/test_documents.py"
WEBHOOKS = "tests/integration/webhooks/test_documents.py"
UP = "tests/integration/local/test_up.py::test_it_responds_and_ends_with_ctrl_c"

# By document and language, in the order in which they stand.
RUN_BY = {
    ("README.md", "sh"): [UP, "tests/e2e/test_terminal.py::test_doctor_finds_everything_well", E2E],
    ("README.md", "python"): [f"{CLIENT}::test_the_readme_links_a_number_sends_and_receives"],
    ("README.md", "ts"): [TYPESCRIPT],
    ("docs/typescript.md", "ts"): [TYPESCRIPT] * 5,
    ("docs/api.md", "sh"): [E2E],
    ("docs/api.md", "json"): [
        "tests/integration/api/test_problems.py::test_the_example_of_the_page_is_what_is_answered"
    ],
    ("docs/api.md", "python"): [f"{CLIENT}::test_a_page"] * 2,
    ("docs/assistant.md", "sh"): [E2E],
    ("docs/assistant.md", "python"): [f"{CLIENT}::test_a_page"],
    ("docs/events.md", "sh"): [E2E],
    ("docs/events.md", "python"): [f"{CLIENT}::test_the_page_of_events_prints_what_comes"],
    ("docs/events.md", "json"): [
        "tests/unit/documents/test_events.py::test_its_example_is_that_of_the_document_and_is_understood"
    ]
    * 26,
    ("docs/keys.md", "sh"): [E2E, E2E, "tests/integration/cli/test_operators.py::test_keys_in_the_terminal"],
    ("docs/media.md", "sh"): ["tests/e2e/test_media.py::test_a_photo_is_read_as_the_page_says"],
    ("docs/webhooks.md", "sh"): [f"{WEBHOOKS}::test_the_request_of_the_page_makes_a_webhook"],
    ("docs/webhooks.md", "python"): [f"{WEBHOOKS}::test_the_receiver_of_the_page_verifies"],
    ("docs/webhooks.md", "ts"): [f"{WEBHOOKS}::test_the_typescript_of_the_page_verifies"],
    ("docs/local-whatsapp.md", "sh"): [
        "tests/integration/local_whatsapp/test_control.py::test_phones_are_made_listed_and_changed",
        f"{LOCAL}::test_phones_are_made_and_write_to_each_other",
        f"{LOCAL}::test_a_shell_gets_the_variables_of_a_client",
        f"{LOCAL}::test_baileys_links_and_writes_both_ways",
    ],
    ("docs/local-whatsapp.md", "js"): [f"{LOCAL}::test_baileys_links_and_writes_both_ways"],
}
# By document and the first line of the block.
NOT_RUN = {
    ("docs/typescript.md", "make typescript"): "tests/integration/typescript runs the same commands in a copy",
    ("CONTRIBUTING.md", "make setup"): "what every developer, and .ci/run, begins with",
    ("docs/deploy.md", "make sbom IMAGE="): "needs the image; tests/integration/connector/test_image.py reads it",
    ("docs/deploy.md", "debsecan "): "needs the image, and Debian's own list of vulnerabilities",
    ("docs/deploy.md", "make deploy"): "needs an AWS account; tests/unit/aws and lambda_runtime test what it deploys",
    (
        "docs/deploy.md",
        "aws cloudformation deploy",
    ): "needs an AWS account; the template is linted and deployed in tests",
    ("docs/push.md", "curl -N"): "never ends; tests/integration/api/test_event_stream.py opens streams",
    ("docs/push.md", "retry: 2000"): "an answer; tests/integration/api/test_event_stream.py reads such",
    ("docs/local-whatsapp.md", "root, err"): "needs Go; tests of the connector lead whatsmeow there by the same key",
    (
        "docs/operate.md",
        "sam remote invoke",
    ): "needs an AWS account; tests of lambda_runtime invoke the action",
}
# Pictures.
DRAWN = {"mermaid"}


@cache
def names(path: str) -> set[str]:
    """What a module of tests defines."""
    return {node.name for node in ast.parse(read(path)).body if isinstance(node, ast.FunctionDef)}


def runner(block: Block) -> str | None:
    """The test that runs a block."""
    same = [str(other) for other in all_blocks() if (other.name, other.language) == (block.name, block.language)]
    listed = RUN_BY.get((block.name, block.language), [])
    place = same.index(str(block))
    return listed[place] if place < len(listed) else None


def test_each_block_is_run_or_named_with_the_reason_why_not() -> None:
    blocks = [block for block in all_blocks() if block.language not in DRAWN]
    reasons = [key for key in NOT_RUN for block in blocks if key[0] == block.name and block.code.startswith(key[1])]
    assert set(reasons) == NOT_RUN.keys()
    unnamed = [str(block) for block in blocks if not runner(block) and not is_excused(block)]
    assert unnamed == []


def is_excused(block: Block) -> bool:
    return any(block.name == name and block.code.startswith(first) for name, first in NOT_RUN)


@pytest.mark.parametrize("test", sorted({test for listed in RUN_BY.values() for test in listed}))
def test_a_test_that_is_named_exists(test: str) -> None:
    path, _, name = test.partition("::")
    assert name in names(path)
