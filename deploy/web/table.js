// Cells of a table as a network's input, as framework/data/sources/table/encoder.cpp encodes them.
'use strict';

// The columns that the network reads: {name, categories: [words], mean}; without words a number. Inputs are
// called COLUMN, or COLUMN=WORD for 1 where a column of words holds that one.
function columnsOf({ inputs, categorical = [], means = [] }) {
  const columns = [];
  inputs.forEach((input, i) => {
    const name = categorical.find((column) => input.startsWith(column + '='));
    if (name === undefined) {
      columns.push({ name: input, categories: [], mean: means.length > 0 ? Math.fround(means[i]) : null });
      return;
    }
    if (columns.at(-1)?.name !== name || columns.at(-1).categories.length === 0) columns.push({ name, categories: [], mean: null });
    columns.at(-1).categories.push(input.slice(name.length + 1));
  });
  return columns;
}

// The numbers of a row's cells, one a column; `place` begins a sentence about them.
function encodeRow(columns, cells, place) {
  return columns.flatMap(({ name, categories, mean }, i) => {
    const cell = cells[i], here = `${place}, column '${name}'`;
    if (categories.length > 0) {
      if (!categories.includes(cell)) refuse(`${here}: '${cell}' is no category of the training file, expected one of ${categories.join(', ')}`);
      return categories.map((word) => (word === cell ? 1 : 0));
    }
    if (isMissing(cell) && mean !== null) return [mean];
    if (isMissing(cell)) refuse(`${here}: '${cell}' is a missing value, expected a number`);
    return [numberIn(cell, here)];
  });
}

// {names, rows} of a file: what its columns are called, and the rows below the header.
function readTable(bytes, name, { columns = [], header, skip }) {
  const rows = parseCsv(bytes, name).slice(skip);
  if (rows.length === 0) refuse(`${name}: has at most ${skip} rows, which are left out`);
  let names = columns;
  if (names.length === 0 && header) names = rows.shift().fields;
  if (names.length === 0) names = rows[0].fields.map((_, i) => `c${i + 1}`);
  const wrong = rows.find(({ fields }) => fields.length !== names.length);
  if (wrong) refuse(`${name}: row ${wrong.line} has ${wrong.fields.length} fields, expected ${names.length}`);
  if (rows.length === 0) refuse(`${name}: has a header but no rows`);
  return { names, rows };
}

// All inputs of a file, [{name, values}]: each row, or each window of consecutive rows.
function tableInputs(bytes, name, recipe) {
  const { names, rows } = readTable(bytes, name, recipe);
  const columns = columnsOf(recipe);
  const places = columns.map((column) => names.indexOf(column.name));
  const missing = columns[places.indexOf(-1)];
  if (missing) refuse(`${name}: has no column '${missing.name}', which the network reads; it has ${names.join(', ')}`);
  const numbers = rows.map(({ line, fields }) => encodeRow(columns, places.map((place) => fields[place]), `${name}: row ${line}`));
  const { window } = recipe, hop = recipe.hop || window;
  if (rows.length < window) refuse(`${name}: has ${rows.length} rows, expected at least ${window}, as many as an input takes`);
  const inputs = [];
  for (let start = 0; start + window <= rows.length; start += hop)
    inputs.push({ name: `${name}: row ${rows[start].line}`, values: Float32Array.from(numbers.slice(start, start + window).flat()) });
  return inputs;
}
