// Records a voice message where the browser has a microphone, and puts it among the files to send.

import { announce } from "./announce.js";
import { showNotice } from "./notices.js";
import { addFiles } from "./tray.js";

// The first one is what WhatsApp takes as it is; of others the gateway needs its converter.
const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
let recorder = null;

export function installRecording() {
  showRecording();
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-record]");
    if (!button) return;
    if (recorder) recorder.stop();
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
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return showNotice(button.form, "The microphone cannot be used. Allow it for this page in the browser.");
  }
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const pieces = [];
  recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
  recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
  recorder.addEventListener("stop", () => {
    const [type] = recorder.mimeType.split(";");
    for (const track of stream.getTracks()) track.stop();
    recorder = null;
    mark(button, false);
    addFiles([new File(pieces, `Voice message.${type.split("/")[1]}`, { type })], "voice");
  });
  recorder.start();
  mark(button, true);
}

function mark(button, on) {
  button.classList.toggle("recording", on);
  button.setAttribute("aria-label", on ? "Stop recording" : "Record a voice message");
  announce(on ? "Recording." : "Recorded.");
}
