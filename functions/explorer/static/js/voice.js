// A recording of the microphone as OGG: by the browser itself, or of what its encoder makes; else as it records.

import { RATE, oggOpus } from "./ogg.js";

const OGG = "audio/ogg;codecs=opus";
const OTHERS = ["audio/webm;codecs=opus", "audio/mp4"];
const BIT_RATE = 32000;
const USUAL_SAMPLES = 960;

// Begins to record; `stop` returns the file, `isOgg` says whether phones take it as it is.
export function recordVoice(stream) {
  const encodes = "AudioEncoder" in window && "MediaStreamTrackProcessor" in window;
  if (!MediaRecorder.isTypeSupported(OGG) && encodes) return encoded(stream.getAudioTracks()[0]);
  return recorded(stream, [OGG, ...OTHERS].find((type) => MediaRecorder.isTypeSupported(type)));
}

function recorded(stream, mimeType) {
  const recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
  const pieces = [];
  recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
  const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  recorder.start();
  const stop = async () => {
    recorder.stop();
    await stopped;
    return file(pieces, recorder.mimeType.split(";")[0]);
  };
  return { stop, isOgg: mimeType === OGG };
}

function encoded(track) {
  const packets = [];
  let head;
  const output = (chunk, about) => {
    head ??= new Uint8Array(about.decoderConfig.description);
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    packets.push({ data, samples: chunk.duration ? Math.round((chunk.duration * RATE) / 1e6) : USUAL_SAMPLES });
  };
  const ended = encode(track, output);
  // It is told to who stops the recording.
  ended.catch(() => {});
  const stop = async () => {
    track.stop();
    await ended;
    return file(packets.length > 0 ? oggOpus(head, packets) : [], "audio/ogg");
  };
  return { stop, isOgg: true };
}

async function encode(track, output) {
  let failure = null;
  const encoder = new AudioEncoder({ output, error: (error) => { failure = error; } });
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  for (let read = await reader.read(); !read.done && failure === null; read = await reader.read()) {
    const sound = oneChannel(read.value);
    if (encoder.state === "unconfigured") {
      encoder.configure({ codec: "opus", sampleRate: sound.sampleRate, numberOfChannels: 1, bitrate: BIT_RATE });
    }
    encoder.encode(sound);
    sound.close();
  }
  if (encoder.state === "configured") await encoder.flush();
  if (failure !== null) throw failure;
  encoder.close();
}

function oneChannel(sound) {
  const { sampleRate, numberOfFrames, timestamp } = sound;
  const data = new Float32Array(numberOfFrames);
  sound.copyTo(data, { planeIndex: 0, format: "f32-planar" });
  sound.close();
  return new AudioData({ format: "f32-planar", sampleRate, numberOfFrames, numberOfChannels: 1, timestamp, data });
}

function file(pieces, type) {
  return new File(pieces, `Voice message.${type.split("/")[1]}`, { type });
}
