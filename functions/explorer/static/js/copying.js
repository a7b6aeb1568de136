// Copies a code to the clipboard. Browsers allow that on pages of this machine and over HTTPS only.

import { announce } from "./announce.js";

const SHOWN_MS = 2000;

export function installCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const copied = await navigator.clipboard.writeText(button.dataset.copy).then(() => true, () => false);
    button.classList.toggle("copied", copied);
    announce(copied ? "Copied." : "It could not be copied; select the text instead.");
    setTimeout(() => button.classList.remove("copied"), SHOWN_MS);
  });
}

export function showCopying() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}
