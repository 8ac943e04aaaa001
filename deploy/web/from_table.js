// Rows of a table: a form with a field a column, and CSV, as a file or pasted.
'use strict';

const RECIPE = PARE_MODEL.preprocessing;

// What a field says at first: of numbers the mean of the training rows, of words the most frequent one.
function usualCells(columns) {
  let at = 0;
  return columns.map(({ categories }) => {
    const means = PARE_MODEL.mean.slice(at, at += Math.max(1, categories.length));
    return categories.length > 0 ? categories[means.indexOf(Math.max(...means))] : String(Number(means[0].toPrecision(3)));
  });
}

function addForm(columns, present) {
  const usual = usualCells(columns);
  const fields = columns.map(({ categories }, i) => (categories.length > 0
    ? element('select', {}, ...categories.map((word) => element('option', { value: word, textContent: word, selected: word === usual[i] })))
    : element('input', { type: 'text', inputMode: 'decimal', value: usual[i], autocomplete: 'off' })));
  const form = element('form', { className: 'fields' },
                       ...columns.map(({ name }, i) => element('label', {}, element('span', { textContent: name }), fields[i])));
  const say = () => attempt(() => {
    const values = Float32Array.from(encodeRow(columns, fields.map((field) => field.value.trim()), 'the form'));
    present([{ name: 'the form', values }]);
  });
  form.addEventListener('input', say);
  form.addEventListener('submit', (event) => event.preventDefault());
  byId('controls').append(form);
  say();
}

// Pasted rows may do without the header: they are then of just the columns that the network reads, in their order.
function pastedInputs(text) {
  const bytes = new TextEncoder().encode(text), names = columnsOf(RECIPE).map(({ name }) => name);
  const named = parseCsv(bytes, 'what was pasted')[RECIPE.skip]?.fields.some((field) => names.includes(field));
  return tableInputs(bytes, 'what was pasted', named || !RECIPE.header ? RECIPE : { ...RECIPE, columns: names, header: false, skip: 0 });
}

function startTable(present) {
  const columns = columnsOf(RECIPE);
  const pasted = element('textarea', {
    rows: 3, spellcheck: false, ariaLabel: 'Rows of CSV',
    placeholder: `or paste rows of CSV: ${columns.map(({ name }) => (name.includes(',') ? `"${name}"` : name)).join(', ')}`,
  });
  pasted.addEventListener('input', () => attempt(() => {
    if (pasted.value.trim() !== '') present(pastedInputs(pasted.value));
  }));
  if (RECIPE.window === 1) addForm(columns, present);
  byId('controls').append(pasted);
}

const INPUTS = {
  title: RECIPE.window === 1 ? 'A row' : `${RECIPE.window} rows`,
  accept: '.csv,.tsv,.txt',
  wanted: 'a CSV',
  hint: RECIPE.window === 1 ? 'The form begins with the means of the training rows.'
      : `An input is ${RECIPE.window} consecutive rows, the next one begins ${RECIPE.hop || RECIPE.window} rows later.`,
  start: startTable,
  read: async (bytes, name) => tableInputs(bytes, name, RECIPE),
};
