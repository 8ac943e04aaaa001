// Reads .safetensors files of f32 tensors.
'use strict';
const fs = require('fs');

exports.read = (path) => {
  const file = fs.readFileSync(path);
  const length = Number(file.readBigUInt64LE(0));
  const tensors = {};
  for (const [name, entry] of Object.entries(JSON.parse(file.toString('utf8', 8, 8 + length)))) {
    if (name === '__metadata__') continue;
    const [begin, end] = entry.data_offsets.map((offset) => 8 + length + offset);
    const data = new Float32Array(file.buffer.slice(file.byteOffset + begin, file.byteOffset + end));
    tensors[name] = { shape: entry.shape, data };
  }
  return tensors;
};

// Exits with 1 unless the scores agree within $PARE_TOLERANCE, or 1e-4.
exports.compare = (program, got, expected) => {
  let difference = got.length === expected.length ? 0 : Infinity;
  for (let i = 0; i < expected.length; ++i) difference = Math.max(difference, Math.abs(got[i] - expected[i]));
  console.log(`${program}: ${expected.length} scores, largest difference ${difference.toExponential(2)}`);
  if (!(difference <= Number(process.env.PARE_TOLERANCE ?? 1e-4))) process.exitCode = 1; // also when it is NaN
};
