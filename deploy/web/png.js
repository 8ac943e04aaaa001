// PNG files, byte for byte as Pare reads them (by libpng). A canvas would not do: it multiplies colours by their
// alpha and back, rounds 16 bits otherwise, and follows gamma and colour profiles.
//
// A picture is {height, width, channels, pixels}: 1 channel is grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
'use strict';

const MOST_PIXELS = 2 ** 26; // decoded, that is 200 MB
const MOST_PACKED = 1032;    // bytes that deflate packs into one

const SAMPLES_OF_TYPE = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS_OF_TYPE = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };

// Column, row, and the steps to the next ones, of the pixels of each pass.
const WHOLE = [[0, 0, 1, 1]];
const ADAM7 = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crcOf(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

// The chunks that pixels need: {IHDR, PLTE, tRNS: bytes, IDAT: [bytes, ...]}.
function readChunks(bytes, bad) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks = { IDAT: [] };
  for (let at = 8;;) {
    if (at + 12 > bytes.length) bad('it was cut off');
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) bad('it was cut off');
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const data = bytes.subarray(at + 8, at + 8 + length);
    const whole = crcOf(bytes.subarray(at + 4, at + 8 + length)) === view.getUint32(at + 8 + length);
    const needed = type[0] <= 'Z';
    if (needed && !whole) bad(`its part ${type} is damaged`);
    if (type === 'IEND') return chunks;
    if (type === 'IDAT') chunks.IDAT.push(data);
    else if (whole && ['IHDR', 'PLTE', 'tRNS'].includes(type)) chunks[type] = data;
    at += 12 + length;
  }
}

function readHeader(chunks, bad) {
  if (chunks.IHDR?.length !== 13) bad('it has no header');
  const view = new DataView(chunks.IHDR.buffer, chunks.IHDR.byteOffset);
  const header = { width: view.getUint32(0), height: view.getUint32(4), depth: view.getUint8(8), type: view.getUint8(9) };
  const { width, height, depth, type } = header;
  if (width === 0 || height === 0) bad('it has no pixels');
  if (width * height > MOST_PIXELS) bad(`${width}x${height} pixels are too many, at most ${MOST_PIXELS} are read; make it smaller`);
  if (!DEPTHS_OF_TYPE[type]?.includes(depth)) bad(`it has ${depth} bits of colour type ${type}, which PNG does not know`);
  if (type === 3 && !chunks.PLTE) bad('its palette is missing');
  return { ...header, samples: SAMPLES_OF_TYPE[type], passes: view.getUint8(12) === 1 ? ADAM7 : WHOLE };
}

// The first `length` bytes of what is packed; null when there are less. What follows is ignored, as by libpng.
async function inflate(parts, length) {
  const reader = new Blob(parts).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  const result = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const { done, value } = await reader.read().catch(() => ({ done: true }));
    if (done) return null;
    result.set(value.subarray(0, length - at), at);
    at += value.length;
  }
  reader.cancel().catch(() => {});
  return result;
}

function paeth(left, up, corner) {
  const a = Math.abs(up - corner), b = Math.abs(left - corner), c = Math.abs(left + up - 2 * corner);
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

// What each filter adds to a byte, of the bytes to the left, above, and above to the left.
const FILTERS = [() => 0, (left) => left, (_, up) => up, (left, up) => (left + up) >> 1, paeth];

// Undoes the filter of a row in place; `step`: bytes from a pixel to the next one.
function unfilter(filter, row, above, step) {
  for (let i = 0; i < row.length; ++i)
    row[i] += filter(i < step ? 0 : row[i - step], above ? above[i] : 0, i < step || !above ? 0 : above[i - step]);
}

function sampleAt(row, i, depth) {
  if (depth === 8) return row[i];
  if (depth === 16) return row[2 * i] << 8 | row[2 * i + 1];
  const perByte = 8 / depth;
  return row[Math.floor(i / perByte)] >> (8 - depth * (1 + i % perByte)) & ((1 << depth) - 1);
}

// To 8 bits; 16 are rounded to what is nearest to value * 255 / 65535.
function to8Bits(value, depth) {
  return depth === 16 ? (value * 255 + 32895) >> 16 : value * 255 / ((1 << depth) - 1);
}

// Writes the pixel of some samples: palettes become colours, a transparent colour or entry an alpha.
function pixelWriter({ type, depth }, { PLTE, tRNS }) {
  if (type === 3)
    return ([index], to, at) => {
      for (let c = 0; c < 3; ++c) to[at + c] = PLTE[3 * index + c] ?? 0;
      if (tRNS) to[at + 3] = tRNS[index] ?? 255;
    };
  const clear = tRNS && type < 4 && Array.from({ length: tRNS.length >> 1 }, (_, i) => (tRNS[2 * i] << 8 | tRNS[2 * i + 1]) & ((1 << depth) - 1));
  return (samples, to, at) => {
    samples.forEach((sample, i) => { to[at + i] = to8Bits(sample, depth); });
    if (clear) to[at + samples.length] = samples.every((sample, i) => sample === clear[i]) ? 0 : 255;
  };
}

async function decodePng(bytes, name) {
  const bad = (what) => refuse(`${name}: the PNG cannot be read: ${what}`);
  const chunks = readChunks(bytes, bad);
  const header = readHeader(chunks, bad);
  const { width, height, depth, type, samples, passes } = header;
  const parts = passes.map(([x, y, stepX, stepY]) => ({
    x, y, stepX, stepY, columns: Math.ceil((width - x) / stepX), rows: Math.ceil((height - y) / stepY),
  })).filter(({ columns, rows }) => columns > 0 && rows > 0);
  const strideOf = ({ columns }) => Math.ceil(columns * samples * depth / 8);
  const length = parts.reduce((sum, part) => sum + part.rows * (1 + strideOf(part)), 0);
  if (length / MOST_PACKED > bytes.length) bad('it is too short for its pixels');
  const filtered = await inflate(chunks.IDAT, length) ?? bad('its pixels are damaged, or were cut off');

  const channels = type === 3 ? (chunks.tRNS ? 4 : 3) : samples + (chunks.tRNS && type < 4 ? 1 : 0);
  const picture = { height, width, channels, pixels: new Uint8Array(height * width * channels) };
  const write = pixelWriter(header, chunks);
  const step = Math.max(1, samples * depth / 8), pixel = new Array(samples);
  let at = 0;
  for (const part of parts)
    for (let r = 0, above = null; r < part.rows; ++r) {
      const filter = FILTERS[filtered[at]] ?? bad(`a row has filter ${filtered[at]}, which PNG does not know`);
      const row = filtered.subarray(at + 1, at + 1 + strideOf(part));
      unfilter(filter, row, above, step);
      for (let c = 0; c < part.columns; ++c) {
        for (let i = 0; i < samples; ++i) pixel[i] = sampleAt(row, c * samples + i, depth);
        write(pixel, picture.pixels, ((part.y + r * part.stepY) * width + part.x + c * part.stepX) * channels);
      }
      above = row;
      at += 1 + row.length;
    }
  return picture;
}
