// A quoted message that is shown already is scrolled to; the link leads to one that is further back.

const SHOWN_MS = 2000;

export function installQuotes() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-quote]");
    const message = link && document.getElementById(link.dataset.quote);
    if (!message) return;
    event.preventDefault();
    message.scrollIntoView({ block: "center" });
    message.setAttribute("tabindex", "-1");
    message.focus({ preventScroll: true });
    message.classList.add("found");
    setTimeout(() => message.classList.remove("found"), SHOWN_MS);
  });
}
