// What is done to a message or sent beside texts: its form takes the composer's place, and Escape brings that back.

import { focusComposer } from "./focus.js";
import { follow, showOutage } from "./live.js";

export function installActs() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-act]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("details[open]")?.removeAttribute("open");
    go(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector("details.confirm[open], dialog[open]")) return;
    const cancel = document.querySelector("[data-cancel]");
    if (cancel) go(cancel);
  });
}

// The text that is on its way takes what it replies to along.
export function endReply(form) {
  const reply = form.querySelector("#replying");
  if (reply === null) return;
  history.replaceState(null, "", reply.querySelector("[data-cancel]").href);
  reply.remove();
}

async function go(link) {
  history.replaceState(null, "", link.href);
  const reason = await follow(fetch(link.href, { cache: "no-store" }), { polled: true });
  if (reason) return showOutage(reason);
  const field = document.querySelector(".act :is(input:not([type=hidden]), textarea, select, button)");
  if (field) field.focus();
  else focusComposer();
}
