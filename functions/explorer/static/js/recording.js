// Records a voice message where the browser has a microphone, and puts it among the files to send.

import { announce } from "./announce.js";
import { dismissNotice, showNotice } from "./notices.js";
import { addFiles } from "./tray.js";
import { recordVoice } from "./voice.js";

const NEEDS_CONVERTER = "This browser records sound that the gateway has to convert. Without its converter the message is refused.";
let recording = null;

export function installRecording() {
  showRecording();
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-record]");
    if (!button) return;
    if (recording) finish(button);
    else record(button);
  });
}

export function showRecording() {
  const button = document.querySelector("[data-record]");
  if (button) button.hidden = !navigator.mediaDevices || !window.MediaRecorder;
}

async function record(button) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  } catch {
    return showNotice(button.form, "The microphone cannot be used. Allow it for this page in the browser.");
  }
  recording = { stream, ...recordVoice(stream) };
  if (!recording.isOgg) showNotice(button.form, NEEDS_CONVERTER);
  mark(button, true);
}

async function finish(button) {
  const { stream, stop } = recording;
  recording = null;
  mark(button, false);
  try {
    const file = await stop();
    dismissNotice(button.form);
    addFiles([file], "voice");
  } catch {
    showNotice(button.form, "The recording failed. Try again.");
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

function mark(button, on) {
  button.classList.toggle("recording", on);
  button.setAttribute("aria-label", on ? "Stop recording" : "Record a voice message");
  announce(on ? "Recording." : "Recorded.");
}
