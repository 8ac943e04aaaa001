// Texts: written or pasted, or files.
'use strict';

const RECIPE = PARE_MODEL.preprocessing;

const inputOf = (bytes, name) => ({ name, values: textInput(bytes, name, RECIPE, inputShape.channels) });

// Of a table the cells of a column, of other files the whole.
function inputsOf(bytes, name) {
  if (!/\.[ct]sv$/.test(name)) return [inputOf(bytes, name)];
  if (RECIPE.text === undefined) refuse(`${name}: is a table, and the model learnt from files`);
  const { names, rows } = readTable(bytes, name, { header: true, skip: 0 });
  const column = names.indexOf(RECIPE.text);
  if (column < 0) refuse(`${name}: has no column '${RECIPE.text}', of which the network reads the texts; it has ${names.join(', ')}`);
  return rows.map(({ line, fields }) => inputOf(new TextEncoder().encode(fields[column]), `${name}: row ${line}`));
}

function startText(present) {
  const written = element('textarea', { rows: 5, ariaLabel: 'A text', placeholder: 'write or paste a text' });
  written.addEventListener('input', () => attempt(() => {
    if (written.value !== '') present([inputOf(new TextEncoder().encode(written.value), 'the text')]);
  }));
  byId('controls').append(written);
}

const INPUTS = {
  title: 'A text',
  accept: RECIPE.text === undefined ? '.txt,.text,.md' : '.txt,.text,.md,.csv,.tsv',
  wanted: RECIPE.text === undefined ? 'a text file' : 'a text file, or a CSV',
  hint: `The network reads the first ${RECIPE.length} ${RECIPE.units}.`,
  start: startText,
  read: async (bytes, name) => inputsOf(bytes, name),
};
