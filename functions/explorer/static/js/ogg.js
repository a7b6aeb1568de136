// Writes Opus packets as an OGG file (RFC 3533, RFC 7845): the form of a voice message that WhatsApp takes as it is.

const VENDOR = "WhatsApp Explorer";
// Samples a second by which positions count, whatever was recorded.
export const RATE = 48000;
// A packet has 6 parts of 255 bytes at most, and a page 255 of these.
const PACKETS_A_PAGE = 40;
const BEGINS = 2;
const ENDS = 4;
const SUMS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) sum = (sum << 1) ^ (sum < 0 ? 0x04c11db7 : 0);
  return sum;
});

// `head` is the OpusHead that the encoder gave; each packet has its `data` and its `samples`.
export function oggOpus(head, packets) {
  const serial = crypto.getRandomValues(new Uint32Array(1))[0];
  const pages = [[[head], 0, BEGINS], [[tags()], 0, 0]];
  let position = 0;
  for (let i = 0; i < packets.length; i += PACKETS_A_PAGE) {
    const shown = packets.slice(i, i + PACKETS_A_PAGE);
    position += shown.reduce((sum, { samples }) => sum + samples, 0);
    pages.push([shown.map(({ data }) => data), position, i + PACKETS_A_PAGE >= packets.length ? ENDS : 0]);
  }
  return pages.map(([content, at, type], number) => page(content, at, type, serial, number));
}

function page(packets, position, type, serial, number) {
  const parts = packets.flatMap(({ length }) => [...Array(Math.floor(length / 255)).fill(255), length % 255]);
  const bytes = new Uint8Array(27 + parts.length + packets.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("OggS"));
  bytes[5] = type;
  view.setBigUint64(6, BigInt(position), true);
  view.setUint32(14, serial, true);
  view.setUint32(18, number, true);
  bytes[26] = parts.length;
  bytes.set(parts, 27);
  let at = 27 + parts.length;
  for (const packet of packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
  view.setUint32(22, bytes.reduce((sum, byte) => (sum << 8) ^ SUMS[(sum >>> 24) ^ byte], 0) >>> 0, true);
  return bytes;
}

// Who wrote it, and no comments.
function tags() {
  const text = new TextEncoder().encode(`OpusTags    ${VENDOR}    `);
  const view = new DataView(text.buffer);
  view.setUint32(8, VENDOR.length, true);
  view.setUint32(12 + VENDOR.length, 0, true);
  return text;
}
