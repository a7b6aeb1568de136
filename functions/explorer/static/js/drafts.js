// Drafts: what was typed into a composer, for each chat, until it is sent or the browser's tab is closed.

const PREFIX = "draft ";
let shown = null;

export function installDrafts() {
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.hasAttribute("data-composer")) save(form);
  });
  showDraft();
}

// Puts the draft into the composer where another chat is shown than before.
export function showDraft() {
  const form = document.querySelector("[data-composer]");
  const key = form && keyOf(form);
  if (key === shown) return;
  const first = shown === null;
  shown = key;
  if (form === null) return;
  const draft = JSON.parse(sessionStorage.getItem(key) ?? "null");
  // What the server wrote into the first page is newer than nothing.
  if (draft === null && first) return;
  write(form.elements.text, draft?.text ?? "");
  if (form.elements.to.type !== "hidden" && draft?.to) write(form.elements.to, draft.to);
}

// A new message has become a chat: what was typed meanwhile goes there.
export function moveDraft(action, chat) {
  const draft = sessionStorage.getItem(name(action, ""));
  if (draft === null) return;
  sessionStorage.setItem(name(action, chat), draft);
  sessionStorage.removeItem(name(action, ""));
}

export function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  }
}

function save(form) {
  const { text, to } = form.elements;
  const typed = { text: text.value, to: to.type === "hidden" ? "" : to.value };
  if (typed.text || typed.to) sessionStorage.setItem(keyOf(form), JSON.stringify(typed));
  else sessionStorage.removeItem(keyOf(form));
}

function keyOf(form) {
  return name(form.getAttribute("action"), form.elements.chat?.value ?? "");
}

// The action holds the session.
function name(action, chat) {
  return `${PREFIX}${action} ${chat}`;
}

function write(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
