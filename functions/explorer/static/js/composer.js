// Says what is wrong with a message while it is typed; Enter sends it.

const PAUSE = 300;
const TELL_FROM = 0.8;

export function installComposer() {
  document.addEventListener("keydown", (event) => {
    const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    if (sends && event.target.matches?.("[data-composer] textarea")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-composer] textarea")) checkText(event.target);
    if (event.target.matches("[data-number]")) checkNumberSoon(event.target);
  });
  // Somebody may have typed before this file was there.
  for (const area of document.querySelectorAll("[data-composer] textarea")) checkText(area);
  for (const input of document.querySelectorAll("[data-number]")) checkNumberSoon(input);
}

function checkText(area) {
  const limit = Number(area.form.dataset.limit);
  // Characters as the API counts them.
  const length = [...area.value].length;
  const hint = area.form.querySelector("[data-text-hint]");
  hint.dataset.usual ??= hint.textContent;
  const excess = length - limit;
  area.setCustomValidity(excess > 0 ? `The message is ${excess} characters too long.` : "");
  area.setAttribute("aria-invalid", String(excess > 0));
  if (excess > 0) hint.textContent = area.validationMessage;
  else hint.textContent = length > limit * TELL_FROM ? `${limit - length} characters left.` : hint.dataset.usual;
  hint.classList.toggle("wrong", excess > 0);
}

const timers = new WeakMap();

function checkNumberSoon(input) {
  clearTimeout(timers.get(input));
  input.setCustomValidity("");
  timers.set(input, setTimeout(() => checkNumber(input), PAUSE));
}

async function checkNumber(input) {
  if (!input.isConnected) return;
  const written = input.value;
  const hint = input.parentElement.querySelector("[data-hint]");
  hint.dataset.usual ??= hint.textContent;
  if (written.trim() === "") return show(input, hint, hint.dataset.usual, false);
  const body = new URLSearchParams({ number: written, token: input.form.elements.token.value });
  const answer = await fetch("/explorer/number", { method: "POST", body }).catch(() => null);
  if (!answer?.ok || input.value !== written || !input.isConnected) return;
  const { number, error } = await answer.json();
  show(input, hint, error ?? number, Boolean(error));
}

function show(input, hint, text, wrong) {
  hint.textContent = text;
  hint.classList.toggle("wrong", wrong);
  input.setCustomValidity(wrong ? text : "");
  input.setAttribute("aria-invalid", String(wrong));
}
