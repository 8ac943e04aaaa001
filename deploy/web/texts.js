// Texts as a network's input, as Pare makes them (framework/data/preprocessing/text_preprocessing.h).
'use strict';

const smallLetter = (unit) => (unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit); // of ASCII
const BLANKS = new Set([0x0a, 0x09, 0x0d, 0xa0]);

// The number of each character of a text, or of each byte; undefined where it is not in the alphabet.
function unitsOf(bytes, name, recipe) {
  if (recipe.units === 'bytes') return Array.from(bytes, (byte) => (recipe.lower_case ? smallLetter(byte) : byte));
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    refuse(`${name}: is no UTF-8 text`);
  }
  const numbers = new Map(Array.from(recipe.alphabet, (character, i) => [character.codePointAt(0), i]));
  return Array.from(text, (character) => {
    const point = recipe.lower_case ? smallLetter(character.codePointAt(0)) : character.codePointAt(0);
    return numbers.get(BLANKS.has(point) && !numbers.has(point) ? 0x20 : point);
  });
}

// (length,1,channels) bytes: 255 where a character stands.
function textInput(bytes, name, recipe, channels) {
  if (bytes.length === 0) refuse(`${name}: is empty`);
  const values = new Uint8Array(recipe.length * channels);
  unitsOf(bytes, name, recipe).slice(0, recipe.length).forEach((number, place) => {
    if (number !== undefined) values[place * channels + number] = 255;
  });
  return values;
}
