// The scripts of every page. They read these attributes of the templates:
//   data-poll              on body: seconds between two requests for the page, 0 for none
//   data-error             on the error page: its text
//   data-announce          read aloud when the text is new
//   data-announce-new      read aloud when the element itself is new
//   data-keep              updates of the page leave the element as it is
//   data-keep-input        updates leave its value to the user
//   data-keep-older        updates leave the list's older items, which were loaded on scrolling
//   data-thread            a list of messages that stays scrolled to its end; data-older is the link to older ones,
//                          data-day and data-at are the day and time of each, data-before heads what is unread,
//                          data-older-page leads back from the oldest of an update, data-behind: newer ones exist
//   data-read              a form that marks the open chat as read, sent when its messages are seen
//   data-jump              a link to the newest messages
//   data-no-fetch          the form is sent by the browser itself
//   data-no-reset          the form keeps its values after it was accepted
//   data-submit            input sends the form
//   data-composer          a form that writes a message of data-limit characters at most; data-text-hint is its hint
//   data-number            a phone number that is checked while it is typed; data-hint is its hint
//   data-until             the time when a progress bar ends; data-remaining says how long that is
//   data-style             how a time is shown
import { installComposer } from "./composer.js";
import { installForms } from "./forms.js";
import { start } from "./live.js";
import { installReading } from "./reading.js";
import { installThread } from "./thread.js";
import { tellZone } from "./times.js";

installForms();
installComposer();
installThread();
installReading();
tellZone();
start();

// Escape and a click elsewhere close a popover.
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
