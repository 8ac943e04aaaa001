// Texts: written or pasted, or files.
'use strict';

const RECIPE = PARE_MODEL.preprocessing;

const inputOf = (bytes, name) => ({ name, values: textInput(bytes, name, RECIPE, inputShape.channels) });

function startText(present) {
  const written = element('textarea', { rows: 5, ariaLabel: 'A text', placeholder: 'write or paste a text' });
  written.addEventListener('input', () => attempt(() => {
    if (written.value !== '') present([inputOf(new TextEncoder().encode(written.value), 'the text')]);
  }));
  byId('controls').append(written);
}

const INPUTS = {
  title: 'A text',
  accept: '.txt,.text,.md',
  wanted: 'a text file',
  hint: `The network reads the first ${RECIPE.length} ${RECIPE.units}.`,
  start: startText,
  read: async (bytes, name) => [inputOf(bytes, name)],
};
