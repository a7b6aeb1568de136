"use client";

import { useEffect, useState } from "react";
import type { Message, Status } from "whatsapp-gateway";
import { connect, list, send, status } from "./actions";

export default function Page() {
  const [state, setState] = useState<Status>();
  const [messages, setMessages] = useState<Message[]>([]);

  // Until it is connected; afterwards the webhook tells of what happens.
  useEffect(() => {
    if (!state || state.status === "connected") return;
    const timer = setTimeout(async () => setState(await status()), 1000);
    return () => clearTimeout(timer);
  }, [state]);

  async function submit(form: FormData) {
    await send(String(form.get("to")), String(form.get("text")), crypto.randomUUID());
    setMessages((await list()).messages);
  }

  return (
    <main>
      <button onClick={async () => setState(await connect())}>Link WhatsApp</button>
      <p>{state?.status}</p>
      {state?.qrCode && <img src={state.qrCode} alt="Scan this code in WhatsApp, under Linked devices" />}
      <form action={submit}>
        <input name="to" aria-label="To" placeholder="+4915112345678" required />
        <input name="text" aria-label="Text" required />
        <button>Send</button>
      </form>
      <ul>
        {messages.map((message) => (
          <li key={message.id}>{message.content}</li>
        ))}
      </ul>
    </main>
  );
}
