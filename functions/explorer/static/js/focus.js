// Where the keyboard is: in the composer of a chat that was opened, in "To" of a new message.

export function installFocus() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.skip");
    if (!link) return;
    // Followed by the browser it would be an entry of the history.
    event.preventDefault();
    focusOn(document.querySelector(link.getAttribute("href")));
  });
  if (document.activeElement === document.body || document.activeElement === null) focusComposer();
}

// On a touch screen the keyboard would cover the messages that one came to read.
export function focusComposer() {
  if (matchMedia("(pointer: coarse)").matches) return;
  const form = document.querySelector("[data-composer]");
  const to = form?.querySelector("[data-number]");
  (to && !to.value ? to : form?.elements.text)?.focus({ preventScroll: true });
}

export function focusOn(element) {
  if (!element) return;
  if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) element.setAttribute("tabindex", "-1");
  element.focus({ preventScroll: false });
}
