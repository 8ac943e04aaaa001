// What all kinds of files have in common: one sentence about a file that cannot be taken, and what a file is
// by its first bytes.
'use strict';

// Its message is a sentence for people, which names the file.
class InputError extends Error {}

function refuse(sentence) {
  throw new InputError(sentence);
}

function begins(bytes, at, text) {
  return bytes.length >= at + text.length && [...text].every((letter, i) => letter.charCodeAt(0) === bytes[at + i]);
}

// Kinds of files that nothing here reads: where what stands in them, and what they are.
const OTHER_FILES = [
  [0, '\x89PNG', 'a PNG'], [0, '\xff\xd8\xff', 'a JPEG'], [0, 'GIF8', 'a GIF'], [0, 'BM', 'a BMP'], [8, 'WEBP', 'a WebP'],
  [0, 'II*\0', 'a TIFF'], [0, 'MM\0*', 'a TIFF'], [4, 'ftypheic', 'a HEIC'], [4, 'ftypmif1', 'a HEIF'], [4, 'ftypavif', 'an AVIF'],
  [0, '<svg', 'an SVG'], [8, 'WAVE', 'a WAV'], [0, 'fLaC', 'a FLAC'], [0, 'OggS', 'an Ogg'], [0, 'ID3', 'an MP3'],
  [0, '\xff\xfb', 'an MP3'], [0, '\xff\xf3', 'an MP3'], [0, 'FORM', 'an AIFF'], [4, 'ftyp', 'an MP4 or M4A'],
  [0, '\x1a\x45\xdf\xa3', 'a Matroska or WebM'], [0, '\x93NUMPY', 'an .npy'], [0, 'PK\x03\x04', 'a ZIP (an .npz is one, too)'],
  [0, '\x1f\x8b', 'compressed by gzip'], [0, '%PDF', 'a PDF'], [0, '<!DOCTYPE', 'a web page'], [0, '<html', 'a web page'],
];

// Stops at a file that is none of `wanted` ("PNG and JPEG").
function refuseOther(bytes, name, wanted) {
  if (bytes.length === 0) refuse(`${name}: the file is empty, expected ${wanted}`);
  const known = OTHER_FILES.find(([at, text]) => begins(bytes, at, text));
  refuse(`${name}: is ${known ? known[2] : 'of a kind that is not known here'}, expected ${wanted}; convert it`);
}
