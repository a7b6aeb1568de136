// Notices in a form: why it was not done. They stay until they are dismissed or the form is sent again.

export function installNotices() {
  offerDismissal();
  document.addEventListener("click", (event) => {
    const notice = event.target.closest?.("[data-dismiss]")?.closest("[data-stay]");
    if (!notice) return;
    const form = notice.closest("form");
    notice.remove();
    form?.querySelector("textarea, input:not([type=hidden])")?.focus();
  });
}

// The button does nothing without scripts, so that the page hides it.
export function offerDismissal() {
  for (const button of document.querySelectorAll("[data-dismiss][hidden]")) button.hidden = false;
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
  // Behind the hidden fields; an element without an id in between would take the place of another.
  notice.id = `${form.id || "form"}-refused`;
  form.prepend(notice);
}

export function dismissNotice(form) {
  for (const notice of form.querySelectorAll(".notice[data-stay]")) notice.remove();
}
