// Secrets that are shown once: they get the focus, and no page that is kept for going back holds them.

export function installSecrets() {
  showSecrets();
  window.addEventListener("pagehide", () => {
    for (const secret of document.querySelectorAll("[data-forget]")) secret.remove();
  });
}

export function showSecrets() {
  for (const secret of document.querySelectorAll("[data-forget]:not([data-seen])")) {
    secret.setAttribute("data-seen", "");
    secret.querySelector("input[readonly]").select();
    secret.scrollIntoView({ block: "nearest" });
  }
}
