// Warns before something that was typed is lost, and brings it back after a sign-in that had run out.

import { isChanged, setValue, typedFields, valueOf } from "./fields.js";
import { forgetDrafts } from "./drafts.js";
import { forgetAll, isEmpty } from "./outbox_store.js";
import { trayItems } from "./tray.js";

const KEPT = "unsaved";
// A click on a link of ours, or our own code, is about to leave the page; what is being sent goes on there.
let staysInside = false;

export function installLeaving() {
  bringBack();
  window.addEventListener("beforeunload", (event) => {
    if (unsaved().length > 0 || trayItems().length > 0 || !(isEmpty() || staysInside)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (link?.origin === location.origin) leaveInside();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".sign-out")) return event.target.hasAttribute("data-no-fetch") && leaveInside();
    if (isEmpty() || confirm("Some messages are not sent yet. Sign out and drop them?")) forgetWhatIsTyped();
    else event.preventDefault();
  });
}

export function leaveInside() {
  staysInside = true;
  setTimeout(() => { staysInside = false; }, 1000);
}

// Keeps unsaved settings while the person signs in again; never secrets.
export function keepUnsaved() {
  const fields = unsaved();
  const values = fields.filter((field) => field.id && field.type !== "password").map((field) => [field.id, valueOf(field)]);
  if (values.length > 0) sessionStorage.setItem(KEPT, JSON.stringify({ page: location.href, values }));
  for (const form of new Set(fields.map((field) => field.form))) form.removeAttribute("data-unsaved");
  leaveInside();
}

function bringBack() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (kept?.page !== location.href) return;
  sessionStorage.removeItem(KEPT);
  for (const [id, value] of kept.values) {
    const field = document.getElementById(id);
    if (field) setValue(field, value);
  }
}

function unsaved() {
  return [...document.querySelectorAll("form[data-unsaved]")].flatMap(typedFields).filter(isChanged);
}

function forgetWhatIsTyped() {
  forgetAll();
  forgetDrafts();
  sessionStorage.removeItem(KEPT);
}
