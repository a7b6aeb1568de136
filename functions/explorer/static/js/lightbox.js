// Pictures in full size: Escape or a click closes them, the arrow keys go on to the next one of the chat.

let shown = null;

export function installLightbox() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-picture]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link);
  });
  document.addEventListener("click", (event) => {
    const dialog = event.target.closest?.("[data-lightbox]");
    if (!dialog) return;
    const step = Number(event.target.closest("[data-step]")?.dataset.step ?? 0);
    if (step) move(step);
    else dialog.close();
  });
  document.addEventListener("keydown", (event) => {
    if (!box()?.open) return;
    if (event.key === "ArrowRight") move(1);
    if (event.key === "ArrowLeft") move(-1);
  });
}

function show(link) {
  shown = link.href;
  const dialog = box();
  const picture = document.createElement("img");
  Object.assign(picture, { src: link.href, alt: link.querySelector("img").alt });
  dialog.replaceChildren(button("‹", "Picture before", -1), picture, button("›", "Next picture", 1), button("✕", "Close", 0));
  if (!dialog.open) dialog.showModal();
}

function move(step) {
  const links = [...document.querySelectorAll("a[data-picture]")];
  const next = links[links.findIndex((link) => link.href === shown) + step];
  if (next) show(next);
}

function button(sign, label, step) {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", textContent: sign, className: step ? "step" : "close" });
  element.setAttribute("aria-label", label);
  element.dataset.step = step;
  return element;
}

function box() {
  return document.querySelector("[data-lightbox]");
}
