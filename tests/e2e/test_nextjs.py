"""examples/nextjs: its server actions and its route handler, under Node against the running gateway."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.e2e.world import World
from tests.npm import built_package, installed, succeed

# npm installs much.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# What a page would do: the test scans the code that is written first, and answers what is sent.
DRIVER = """
import { changeAssistant, connect, list, readAssistant, send, status } from "./app/actions";
import { POST } from "./app/api/whatsapp/route";
import { createHmac } from "node:crypto";

async function until<T>(read: () => Promise<T>, wanted: (value: T) => unknown): Promise<T> {
  for (;;) {
    const value = await read();
    if (wanted(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function delivered(secret: string): Promise<number> {
  const body = JSON.stringify({ id: "x", type: "session.state", sessionId: "y", data: { status: "connected" } });
  const seconds = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`x.${seconds}.${body}`).digest("base64");
  const headers = { "webhook-id": "x", "webhook-timestamp": seconds, "webhook-signature": `v1,${signature}` };
  return (await POST(new Request("http://localhost/", { method: "POST", body, headers }))).status;
}

const write = (value: unknown) => process.stdout.write(JSON.stringify(value) + "\\n");

// What the example itself says goes elsewhere.
console.log = console.error;

async function main() {
  await connect();
  write((await until(status, (each) => each.qrText)).qrText);
  const connected = await until(status, (each) => each.status === "connected");
  const key = crypto.randomUUID();
  const [to, text] = process.argv.slice(2);
  const sent = [await send(to!, text!, key), await send(to!, text!, key)];
  const { messages } = await until(() => list(), (page) => page.messages.some((each) => !each.fromMe));
  await changeAssistant({ enabled: false, systemPrompt: "You answer for Elm Street 5." });
  write({
    number: connected.phoneNumber,
    ids: sent.map((each) => each.id),
    texts: messages.map((each) => each.content),
    prompt: (await readAssistant()).systemPrompt,
    webhooks: [await delivered(process.env.GATEWAY_WEBHOOK_SECRET!), await delivered(process.env.OTHER_SECRET!)],
  });
}

main();
"""


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("nextjs")
    built_package(root)
    yield installed(root, Path("examples/nextjs"))
    shutil.rmtree(root)


def test_it_compiles(example: Path) -> None:
    succeed(example, "npm", "run", "check")


def test_its_actions_link_a_number_send_and_list(example: Path, world: World) -> None:
    (example / "driver.ts").write_text(DRIVER)
    number, tenant = world.phone(), world.phone("Tenant")
    secrets = ["whsec_" + base64.b64encode(os.urandom(24)).decode() for _ in range(2)]
    environment = {
        **os.environ,
        "GATEWAY_API_URL": world.gateway.api.url,
        "GATEWAY_API_KEY": world.gateway.app_key,
        "GATEWAY_WEBHOOK_SECRET": secrets[0],
        "OTHER_SECRET": secrets[1],
        "DEMO_USER_PROFILE_ID": str(uuid4()),
    }
    command = ["npx", "tsx", "driver.ts", tenant, world.text("The plumber comes on Tuesday.")]
    with subprocess.Popen(command, cwd=example, env=environment, stdout=subprocess.PIPE, text=True) as page:
        assert page.stdout is not None
        world.whatsapp.scan(number, json.loads(page.stdout.readline()))
        world.say(tenant, number, "Tuesday suits me.")
        said = json.loads(page.stdout.readline())
        assert page.wait(30) == 0
    assert said["number"] == number
    assert len(set(said["ids"])) == 1
    assert set(said["texts"]) == {"Tuesday suits me.", "The plumber comes on Tuesday."}
    assert said["prompt"] == "You answer for Elm Street 5."
    assert said["webhooks"] == [204, 401]
