import { installComposer } from "./composer.js";
import { installForms } from "./forms.js";
import { start } from "./live.js";

installForms();
installComposer();
start();

// Small panels close by Escape and by a click elsewhere.
document.addEventListener("keydown", (event) => {
  const open = document.querySelector("details.confirm[open]");
  if (event.key !== "Escape" || open === null) return;
  open.open = false;
  open.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  for (const details of document.querySelectorAll("details.confirm[open]")) {
    if (!details.contains(event.target)) details.open = false;
  }
});
window.addEventListener("popstate", () => location.reload());
