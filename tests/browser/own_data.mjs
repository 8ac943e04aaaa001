// Gives files to an exported page and compares what it makes of them with Pare:
//   node own_data.mjs FOLDER CASES.json [chromium [SCREENSHOTS]]
// FOLDER holds the page. CASES.json is a list of {file, inputs: a file of Pare's inputs, outputs: a list an input} or
// {file, fault: how the sentence begins}. Without `chromium` the page's scripts run in Node.js, on all files but JPEGs,
// which only browsers decode; with it, a browser opens the page, and is given the JPEGs, the last file, and the last one
// with a fault. SCREENSHOTS as in report.mjs.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import vm from 'node:vm';

const [folder, cases_file, chromium, screenshots] = process.argv.slice(2);
const cases = JSON.parse(readFileSync(cases_file, 'utf8'));
const is_jpeg = path => path.endsWith('.jpg');
const largest = numbers => numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
const relative = (a, b) => (a.length === b.length ? largest(a.map((number, i) => number - b[i])) / Math.max(1, largest(b)) : NaN);
const worst = { inputs: 0, outputs: 0 };

// seen: {fault} or {inputs: [[number]], outputs: [[number]]} of a page whose inputs are bytes or floats.
function judge({ file, inputs, outputs, fault }, seen, are_bytes, expect) {
  const say = (ok, what) => expect(ok, `${basename(file)}: ${what}`);
  if (fault !== undefined) return say(seen.fault?.startsWith(fault), `the page says "${seen.fault}", expected "${fault}"`);
  if (seen.fault) return say(false, seen.fault);
  say(seen.outputs.length === outputs.length, `${seen.outputs.length} inputs, expected ${outputs.length}`);
  const raw = readFileSync(inputs), got = seen.inputs.flat();
  const wanted = are_bytes ? [...raw] : [...new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length))];
  const apart = relative(got, wanted);
  if (is_jpeg(file)) return say(apart <= 0.02, `inputs differ by ${apart} of the largest`);
  worst.inputs = Math.max(worst.inputs, apart);
  say(are_bytes ? apart === 0 : apart <= 1e-4, `inputs differ by ${apart} of the largest; ${got.length} numbers, Pare has ${wanted.length}`);
  outputs.forEach((expected, i) => {
    const off = relative(seen.outputs[i], expected);
    worst.outputs = Math.max(worst.outputs, off);
    say(off <= 1e-4, `outputs differ by ${off}: ${seen.outputs[i]}, Pare has ${expected}`);
  });
}

async function in_node() {
  const wrong = [];
  const page = vm.createContext({ Blob, DecompressionStream, TextDecoder, TextEncoder, atob });
  const scripts = [...readFileSync(join(folder, 'index.html'), 'utf8').matchAll(/<script src="([^"]+)"/g)].map(match => match[1]);
  for (const script of scripts.filter(name => name !== 'page.js'))
    vm.runInContext(readFileSync(join(folder, script), 'utf8'), page, { filename: script });
  const [read, run, model] = vm.runInContext('const network = loadNetwork(PARE_MODEL); [INPUTS.read, values => runOnValues(network, values).at(-1).data, PARE_MODEL]', page);
  for (const one of cases.filter(({ file, fault }) => !is_jpeg(file) || fault !== undefined)) {
    const seen = await read(new Uint8Array(readFileSync(one.file)), basename(one.file)).then(
      found => ({ inputs: found.map(({ values }) => [...values]), outputs: found.map(({ values }) => [...run(values)]) }),
      error => ({ fault: error.message }));
    judge(one, seen, model.element === 'u8', (ok, what) => { if (!ok) wrong.push(what); });
  }
  for (const line of wrong) console.error(line);
  console.log(`${cases.length} files: inputs differ by at most ${worst.inputs.toExponential(1)}, outputs by ${worst.outputs.toExponential(1)}`);
  process.exit(wrong.length ? 1 : 0);
}

// The camera's or the microphone's button gives an answer, from Chromium's test picture and tone.
async function use_device(page, expect) {
  for (const clicks of [['Use the camera', 'Take the picture'], [/^Record /]]) {
    if (await page.getByRole('button', { name: clicks[0] }).count() === 0) continue;
    for (const name of clicks) {
      await page.getByRole('button', { name }).click();
      if (name === 'Use the camera') await page.waitForFunction(() => document.querySelector('video').videoWidth > 0 || !byId('fault').hidden);
    }
    await page.waitForFunction(() => byId('timing').textContent.startsWith('the ') || !byId('fault').hidden);
    expect(await page.locator('#fault').isHidden(), await page.locator('#fault').textContent());
  }
}

const in_chromium = async () => (await import('./browser.mjs')).visit(join(folder, 'index.html'), screenshots, async (page, _, expect) => {
  const choose = async path => {
    await page.evaluate(() => { presented = null; complain([]); });
    await page.locator('#file').setInputFiles(path);
    await page.waitForFunction(() => presented || !byId('fault').hidden);
    return page.evaluate(() => (presented ? {
      inputs: presented.map(({ values }) => Array.from(values)),
      outputs: presented.map(({ values }) => Array.from(runOnValues(network, values).at(-1).data)),
    } : { fault: byId('fault').textContent }));
  };
  await page.evaluate(() => {
    const before = present;
    present = inputs => { before(inputs); globalThis.presented = inputs; };
  });
  const are_bytes = await page.evaluate(() => PARE_MODEL.element) === 'u8';
  await use_device(page, expect);
  const good = cases.filter(({ fault }) => fault === undefined), bad = cases.filter(({ fault }) => fault !== undefined);
  for (const one of [...bad.slice(-1), ...good.filter(({ file }) => is_jpeg(file)), ...good.slice(-1)]) {
    judge(one, await choose(one.file), are_bytes, expect);
    const answer = await page.locator('#answer').textContent();
    expect((answer === '\u2026') === (one.fault !== undefined), `${basename(one.file)}: the answer is "${answer}"`);
  }
  const scroll = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(scroll <= 0, `the page is ${scroll} pixels too wide`);
});

await (chromium === 'chromium' ? in_chromium() : in_node());
