// WAV files as samples of one channel, as Pare reads them (by libsndfile). decodeAudioData would not do: browsers
// bring every sound to their own rate.
'use strict';

const MOST_RATE = 192000, MOST_CHANNELS = 64, MOST_SAMPLES = 2 ** 26, LOUDEST = 1e6;
const INTEGERS = 1, FLOATS = 3, EXTENSIBLE = 0xfffe; // formats of WAV
const NOT_KNOWN = 0xffffffff;                        // the length that a program wrote into a pipe

// Where the parts `fmt ` and `data` lie.
function wavParts(bytes, name) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts = {};
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true), left = bytes.length - at - 8;
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    const part = new DataView(bytes.buffer, bytes.byteOffset + at + 8, Math.min(length, left));
    if (type === 'fmt ') parts.format = part;
    if (type === 'data') {
      if (length > left && length !== NOT_KNOWN)
        refuse(`${name}: was cut off: it should have ${length} bytes of sound, but has ${left}; fetch the file again`);
      return { ...parts, data: part };
    }
    at += 8 + length + length % 2;
  }
  return parts;
}

// How the number at a byte is read, by the kind and the bits of the samples.
const READERS = {
  'integers of 8 bits': (data, at) => (data.getUint8(at) - 128) / 128,
  'integers of 16 bits': (data, at) => data.getInt16(at, true) / 2 ** 15,
  'integers of 24 bits': (data, at) => (data.getInt8(at + 2) * 65536 + data.getUint16(at, true)) / 2 ** 23,
  'integers of 32 bits': (data, at) => Math.fround(data.getInt32(at, true) / 2 ** 31),
  'floats of 32 bits': (data, at) => data.getFloat32(at, true),
  'floats of 64 bits': (data, at) => Math.fround(data.getFloat64(at, true)),
};

function wavFormat(format, name) {
  if (!format || format.byteLength < 16) refuse(`${name}: cannot be read: it does not say what its samples are`);
  let tag = format.getUint16(0, true);
  if (tag === EXTENSIBLE && format.byteLength >= 26) tag = format.getUint16(24, true);
  const channels = format.getUint16(2, true), rate = format.getUint32(4, true), bits = format.getUint16(14, true);
  if (rate < 1 || rate > MOST_RATE) refuse(`${name}: has ${rate} samples a second, at most ${MOST_RATE} are read`);
  if (channels < 1 || channels > MOST_CHANNELS) refuse(`${name}: has ${channels} channels, at most ${MOST_CHANNELS} are read`);
  const kind = tag === INTEGERS ? 'integers' : tag === FLOATS ? 'floats' : `format ${tag} of WAV`;
  const read = READERS[`${kind} of ${bits} bits`];
  if (!read)
    refuse(`${name}: holds ${kind} of ${bits} bits, expected integers of 8, 16, 24 or 32 bits or floats; write it anew as a WAV of 16 bits`);
  return { channels, rate, bytesEach: bits / 8, read };
}

// {rate, samples}: from -1 to 1, or beyond where a file of floats goes there; all channels' mean.
function decodeWav(bytes, name) {
  if (!begins(bytes, 0, 'RIFF') || !begins(bytes, 8, 'WAVE')) refuseOther(bytes, name, 'a WAV');
  const parts = wavParts(bytes, name);
  const { channels, rate, bytesEach, read } = wavFormat(parts.format, name);
  const moments = Math.floor((parts.data?.byteLength ?? 0) / (channels * bytesEach));
  if (moments === 0) refuse(`${name}: has no sound in it`);
  if (moments * channels > MOST_SAMPLES) refuse(`${name}: has more than ${MOST_SAMPLES} samples; cut it into shorter files`);
  const samples = new Float32Array(moments);
  for (let i = 0, at = 0; i < moments; ++i) {
    let sum = 0;
    for (let c = 0; c < channels; ++c, at += bytesEach) sum += read(parts.data, at);
    samples[i] = sum / channels;
    if (!(Math.abs(samples[i]) <= LOUDEST)) refuse(`${name}: sample ${i} is ${samples[i]}, expected about -1 to 1; write the file anew`);
  }
  return { rate, samples };
}
