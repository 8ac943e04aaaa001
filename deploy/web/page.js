// The page: inputs of the model's kind, what the network says of them, and test images to pick. INPUTS says what
// kind that is: its names, `read` (a file's bytes -> [{name, values}]), `start` (controls of its own, which present
// inputs) and `paint` (an input on a canvas); `start` and `paint` may be null.
'use strict';

const LARGEST_FILE = 2 ** 28;
const MOST_BARS = 20, BEST_BARS = 10; // of more classes only the best are shown
const MOST_ANSWERS = 200;             // of a file with many inputs

const network = loadNetwork(PARE_MODEL);

// --- what the network says -----------------------------------------------------------------------------------

// What outputs stand for: their names, the numbers that people read (of outputs, and the input's values), what counts as the answer.
const sixDigits = (value) => String(Number(value.toPrecision(6)));
const OUTPUTS = {
  classes: {
    names: network.classes,
    numbers: softmax,
    chosen: (shares) => [shares.indexOf(Math.max(...shares))],
    text: percent,
  },
  labels: {
    names: network.values,
    numbers: (scores) => Array.from(scores, (score) => 1 / (1 + Math.exp(-score))),
    chosen: (shares) => shares.flatMap((share, i) => (share > 0.5 ? [i] : [])),
    text: percent,
  },
  values: {
    names: network.values,
    numbers: (scores) => Array.from(scores),
    chosen: () => [],
    text: sixDigits,
  },
  inputs: {
    names: ['error'],
    numbers: (outputs, values) => [reconstructionError(network, values, outputs)],
    chosen: () => [],
    text: sixDigits,
  },
};
const said = OUTPUTS[network.gives !== 'as_named' ? network.gives : network.classes.length > 0 ? 'classes' : 'values'];
const isValues = said.text === sixDigits;
const few = isValues || said.names.length <= MOST_BARS;

const rows = said.names.slice(0, few ? undefined : BEST_BARS).map(() => {
  const name = element('span', { className: 'name' }), fill = element('div', { className: 'fill' });
  const number = element('span', { className: 'share' });
  const row = element('li', {}, name, ...(isValues ? [] : [element('div', { className: 'track' }, fill)]), number);
  byId('bars').append(row);
  return { row, name, fill, number };
});
byId('bars').classList.toggle('short', said.names.every((name) => name.length < 3));
byId('bars').classList.toggle('values', isValues);

// The answer in a few words, and the number that goes with it.
function answerOf(numbers) {
  if (isValues) return [numbers.slice(0, 3).map((number) => said.text(number)).join(', ') + (numbers.length > 3 ? ', \u2026' : ''), ''];
  const chosen = said.chosen(numbers);
  if (chosen.length === 1) return [said.names[chosen[0]], said.text(numbers[chosen[0]])];
  return [chosen.length === 0 ? 'none of them' : chosen.map((i) => said.names[i]).join(', '), ''];
}

function show({ name, values }) {
  if (!byId('seen').hidden) INPUTS.paint(byId('seen'), values);
  const started = performance.now();
  const outputs = runOnValues(network, values);
  const milliseconds = performance.now() - started;
  const numbers = said.numbers(outputs.at(-1).data, values);
  const [answer, number] = answerOf(numbers);
  const chosen = said.chosen(numbers);
  byId('answer').replaceChildren(answer, element('span', { textContent: number }));
  let order = numbers.map((_, i) => i);
  if (!few) order = order.sort((a, b) => numbers[b] - numbers[a]);
  rows.forEach((shown, place) => {
    const i = order[place];
    shown.row.classList.toggle('top', chosen.includes(i));
    shown.name.textContent = said.names[i];
    shown.fill.style.width = isValues ? '0' : 100 * numbers[i] + '%';
    shown.number.textContent = said.text(numbers[i]);
  });
  byId('timing').textContent = `${name}, computed here in ${milliseconds.toFixed(1)} ms`;
  showInside(outputs);
}

function showNothing() {
  press(null);
  byId('answer').replaceChildren('\u2026');
  rows.forEach(({ row, name, fill, number }, i) => {
    row.classList.remove('top');
    name.textContent = few ? said.names[i] : '';
    fill.style.width = '0';
    number.textContent = '';
  });
  byId('timing').textContent = '';
  byId('many').hidden = true;
  byId('inside').replaceChildren();
  byId('inside-card').hidden = true;
  if (!byId('seen').hidden) INPUTS.paint(byId('seen'), new Uint8Array(inputShape.height * inputShape.width));
}

// --- inputs --------------------------------------------------------------------------------------------------

let pressed = null;

function press(button) {
  pressed?.setAttribute('aria-pressed', 'false');
  pressed = button;
  pressed?.setAttribute('aria-pressed', 'true');
}

function view(input, button) {
  press(button);
  if (INPUTS.paint) INPUTS.paint(byId('pad'), input.values);
  show(input);
}

function answerButton(input) {
  const words = answerOf(said.numbers(runOnValues(network, input.values).at(-1).data)).join(' ');
  const button = element('button', { type: 'button' }, element('span', { textContent: input.name }), element('b', { textContent: words }));
  button.addEventListener('click', () => view(input, button));
  return button;
}

// Shows the first one; of several, a list of all answers to pick from.
function present(inputs) {
  const several = inputs.length > 1;
  const buttons = several ? inputs.slice(0, MOST_ANSWERS).map(answerButton) : [];
  byId('many').hidden = !several;
  byId('answers').replaceChildren(...buttons);
  byId('many-title').textContent = `${inputs.length} inputs` + (inputs.length > MOST_ANSWERS ? `, the first ${MOST_ANSWERS} of them` : '');
  view(inputs[0], buttons[0] ?? null);
}

// Sentences about what cannot be taken, and no answer from before beside them.
function complain(sentences) {
  byId('fault').hidden = sentences.length === 0;
  byId('fault').textContent = sentences.join('\n');
}

async function attempt(action) {
  complain([]);
  try {
    await action();
  } catch (error) {
    showNothing();
    complain([error instanceof InputError ? error.message : `this cannot be taken: ${error.message}`]);
  }
}

async function readFile(file) {
  if (file.size > LARGEST_FILE) refuse(`${file.name}: has ${file.size} bytes, expected at most ${LARGEST_FILE}`);
  const bytes = await file.arrayBuffer().catch(() => refuse(`${file.name}: cannot be read, expected ${INPUTS.wanted}`));
  return INPUTS.read(new Uint8Array(bytes), file.name);
}

async function take(files) {
  const inputs = [], faults = [];
  for (const file of files) {
    await readFile(file).then((read) => inputs.push(...read), (error) =>
      faults.push(error instanceof InputError ? error.message : `${file.name}: cannot be read: ${error.message}`));
  }
  if (inputs.length > 0) present(inputs);
  else showNothing();
  complain(faults);
}

function startFiles() {
  const chosen = byId('file');
  chosen.accept = INPUTS.accept;
  chosen.addEventListener('change', async () => {
    await take([...chosen.files]);
    chosen.value = ''; // so that the same file, changed, may be chosen again
  });
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length > 0) take([...event.dataTransfer.files]);
  });
}

// --- test images ---------------------------------------------------------------------------------------------

function addSample(sample) {
  const values = bytesOf(sample.pixels);
  const canvas = element('canvas');
  paintPicture(canvas, values);
  const name = network.classes[sample.label];
  const button = element('button', { type: 'button', title: name, ariaLabel: 'Test image: ' + name }, canvas);
  const pick = () => {
    complain([]);
    byId('many').hidden = true;
    view({ name: 'a test image', values }, button);
  };
  button.addEventListener('click', pick);
  byId('samples').append(button);
  return pick;
}

// --- start ---------------------------------------------------------------------------------------------------

const dataName = { mnist: 'MNIST', 'fashion-mnist': 'Fashion-MNIST', 'cifar-10': 'CIFAR-10' }[network.data] ?? network.data;
const withCommas = (value) => value.toLocaleString('en');
byId('title').textContent = `${withCommas(network.bytes)} bytes that know ${dataName}`;
byId('facts').textContent =
    `The whole network: ${withCommas(network.weights)} weights, trained and pared down with Pare. It runs in this page; nothing is sent anywhere.`;
byId('pad-title').textContent = INPUTS.title;
byId('hint').textContent = INPUTS.hint;
byId('wanted').textContent = `${INPUTS.wanted}, or drop it anywhere on this page`;
byId('pad').hidden = !INPUTS.paint;
byId('pad').style.aspectRatio = INPUTS.aspect ?? `${inputShape.width} / ${inputShape.height}`;
showNothing();
INPUTS.start?.(present);
startFiles();
const samples = network.samples.map(addSample);
byId('samples-card').hidden = samples.length === 0;
if (samples.length > 0) samples[0]();
