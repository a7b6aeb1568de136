// Drafts: what was typed into a composer, for each chat, until it is sent or the browser's tab is closed.

import { isChanged } from "./fields.js";

const PREFIX = "draft ";
let shown = null;

export function installDrafts() {
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.hasAttribute("data-composer")) save(form);
  });
  showDraft();
}

// Puts the draft into the composer where another chat is shown than before. `moves`: a new message has become this
// chat, and what was typed meanwhile is its draft.
export function showDraft(moves = false) {
  const form = document.querySelector("[data-composer]");
  const key = form && keyOf(form);
  if (key === shown) return;
  const before = shown;
  shown = key;
  if (form === null) return;
  if (moves) {
    sessionStorage.removeItem(before);
    return save(form);
  }
  // On the page that was just loaded something may have been typed before this file was.
  if (before === null && isTyped(form)) return save(form);
  const draft = JSON.parse(sessionStorage.getItem(key) ?? "null");
  if (draft === null && before === null) return;
  write(form.elements.text, draft?.text ?? "");
  if (form.elements.to.type !== "hidden" && draft?.to) write(form.elements.to, draft.to);
}

export function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  }
}

function isTyped(form) {
  const { text, to } = form.elements;
  return isChanged(text) || (to.type !== "hidden" && isChanged(to));
}

function save(form) {
  const { text, to } = form.elements;
  const typed = { text: text.value, to: to.type === "hidden" ? "" : to.value };
  if (typed.text || typed.to) sessionStorage.setItem(keyOf(form), JSON.stringify(typed));
  else sessionStorage.removeItem(keyOf(form));
}

// The action holds the session.
function keyOf(form) {
  return `${PREFIX}${form.getAttribute("action")} ${form.elements.chat?.value ?? ""}`;
}

function write(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
