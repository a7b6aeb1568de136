// The scripts of every page. They read these attributes of the templates:
//   data-poll              on body: seconds between two requests for the page, 0 for none
//   data-background-poll   on body: the same while the page is hidden, when its title alone is updated
//   data-error             on the error page: its text
//   data-announce          read aloud when the text is new
//   data-announce-new      read aloud when the element itself is new
//   data-keep              updates of the page leave the element as it is
//   data-keep-input        a field: updates leave what was typed to the user
//   data-stay              a notice or an error: it stays until data-dismiss in it is pressed or its form is sent again
//   data-unsaved           a form of settings: leaving the page warns while it holds changes
//   data-keep-older        updates leave the list's older items, which were loaded on scrolling
//   data-thread            a list of messages that stays scrolled to its end; data-older is the link to older ones,
//                          data-day and data-at are the day and time of each, data-before heads what is unread,
//                          data-older-page leads back from the oldest of an update, data-behind: newer ones exist
//   data-read              a form that marks the open chat as read, sent when its messages are seen
//   data-jump              a link to the newest messages
//   data-no-fetch          the form is sent by the browser itself
//   data-queue             a small form with an id: what is typed in it is sent one after the other
//   data-submit            input sends the form; data-show is its button, for who chooses from a list by arrow keys
//   data-composer          a form that writes a message of data-limit characters at most; data-text-hint is its hint
//   data-act               a link that puts the form of an act in the composer's place; data-cancel ends it
//   data-quote             a link to the message with this id
//   data-picture           a link to a picture in full size, shown in data-lightbox
//   data-file-limits       of the composer: the size of the largest file of each kind, in bytes
//   data-files             a field that chooses files; data-tray lists what is to be sent, data-record records
//   data-look              beside a name: the address by which the picture is asked for, once it is in view
//   data-portrait          a form whose file becomes a square picture, uploaded by a form of this address
//   data-number            a phone number that is checked while it is typed; data-hint is its hint
//   data-until             the time when a progress bar ends; data-remaining says how long that is, in the words of
//                          data-left ({} stands for the time) and, at the end, data-over
//   data-copy              a button that copies this text; hidden without scripts
//   data-forget            a form with a secret that is shown once; leaving the page removes it
//   data-style             how a time is shown
import { installActs } from "./acts.js";
import { installChoices } from "./choices.js";
import { installComposer } from "./composer.js";
import { installCopying } from "./copying.js";
import { installDrafts } from "./drafts.js";
import { installFocus } from "./focus.js";
import { installForms } from "./forms.js";
import { installLeaving, leaveInside } from "./leaving.js";
import { start } from "./live.js";
import { installLightbox } from "./lightbox.js";
import { installNotices } from "./notices.js";
import { installOutbox } from "./outbox.js";
import { installQuotes } from "./quotes.js";
import { installPictures } from "./pictures.js";
import { installPortrait } from "./portrait.js";
import { installReading } from "./reading.js";
import { installRecording } from "./recording.js";
import { installSecrets } from "./secrets.js";
import { installThread } from "./thread.js";
import { tellZone } from "./times.js";
import { installTray } from "./tray.js";

installLeaving();
installForms();
installChoices();
installCopying();
installComposer();
installDrafts();
installNotices();
installOutbox();
installThread();
installReading();
installSecrets();
installActs();
installQuotes();
installLightbox();
installTray();
installPictures();
installPortrait();
installRecording();
tellZone();
start();
installFocus();
// The style sheet shows what only scripts can do.
document.documentElement.classList.add("scripted");

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
window.addEventListener("popstate", () => {
  leaveInside();
  location.reload();
});
