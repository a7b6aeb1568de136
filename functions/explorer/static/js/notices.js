// Notices in a form: why it was not done. They stay until they are dismissed or the form is sent again.

export function installNotices() {
  document.addEventListener("click", (event) => {
    const notice = event.target.closest?.("[data-dismiss]")?.closest("[data-stay]");
    if (!notice) return;
    const form = notice.closest("form");
    notice.remove();
    form?.querySelector("textarea, input:not([type=hidden], [type=file])")?.focus();
  });
}

export function showNotice(form, text) {
  dismissNotice(form);
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.setAttribute("role", "alert");
  notice.setAttribute("data-stay", "");
  const reason = document.createElement("p");
  reason.textContent = text;
  const button = document.createElement("button");
  Object.assign(button, { className: "quiet", type: "button", textContent: "Dismiss" });
  button.setAttribute("data-dismiss", "");
  notice.append(reason, button);
  // Without an id an update would take it for another element.
  notice.id = `${form.id || "form"}-refused`;
  form.prepend(notice);
}

export function dismissNotice(form) {
  for (const notice of form.querySelectorAll(".notice[data-stay]")) notice.remove();
}
