// web_demo.cjs DIRECTORY LOGITS [PICTURES]: opens the exported page from disk in Chromium, on a desktop and on a phone.
// No errors, no requests but for its own files, the scores in LOGITS, and a drawing gets an answer.
'use strict';
const assert = require('assert');
const path = require('path');
const { chromium } = require('playwright-core');
const { read, compare } = require('./safetensors.cjs');

const page_of = 'file://' + path.resolve(process.argv[2], 'index.html');
const pictures = process.argv[4];
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync'];

async function open(browser, options) {
  const page = await (await browser.newContext(options)).newPage();
  page.on('console', (message) => assert(!['error', 'warning'].includes(message.type()), message.text()));
  page.on('pageerror', (error) => { throw error; });
  page.on('request', (request) => assert(/^(file|data):/.test(request.url()), request.url()));
  await page.goto(page_of);
  return page;
}

// Strokes in shares of the pad: a seven, or a pair of trousers.
const SEVEN = [[[0.3, 0.2], [0.7, 0.2], [0.7, 0.25], [0.55, 0.55], [0.45, 0.85]]];
const TROUSERS = [[[0.38, 0.15], [0.62, 0.15], [0.62, 0.22], [0.38, 0.22]], [[0.38, 0.2], [0.35, 0.85]], [[0.62, 0.2], [0.65, 0.85]]];

async function draw(page) {
  const box = await page.locator('#pad').boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  for (const [first, ...rest] of await page.evaluate(() => digits) ? SEVEN : TROUSERS) {
    await page.mouse.move(...at(first));
    await page.mouse.down();
    for (const point of rest) await page.mouse.move(...at(point), { steps: 8 });
    await page.mouse.up();
  }
}

(async () => {
  const { images, scores } = read(process.argv[3]);
  const size = images.data.length / images.shape[0];
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  try {
    const page = await open(browser, { viewport: { width: 1100, height: 1200 }, colorScheme: 'light' });
    const got = [];
    for (let n = 0; n < images.shape[0]; ++n) {
      const pixels = Array.from(images.data.slice(n * size, (n + 1) * size));
      got.push(...await page.evaluate((p) => Array.from(runNetwork(network, p).at(-1).data), pixels));
    }
    compare('the page in Chromium', got, scores.data);

    const right = await page.evaluate(() => network.samples.filter((sample) => {
      const found = runNetwork(network, Array.from(bytesOf(sample.pixels), (v) => v / 255)).at(-1).data;
      return found.indexOf(Math.max(...found)) === sample.label;
    }).length);
    const samples = page.locator('#samples button');
    const count = await samples.count();
    console.log(`${right} of ${count} sample images right`);
    assert(count === 20 && right >= 6, 'the samples and their labels belong together');

    const answer = () => page.locator('#answer').innerText();
    await samples.nth(15).click();
    const picked = await answer();
    if (pictures) await page.screenshot({ path: path.join(pictures, 'web-light.png'), fullPage: true });
    await page.click('#clear');
    assert.notStrictEqual(await answer(), picked);
    await draw(page);
    assert.match(await answer(), /%/);
    assert.strictEqual(await page.locator('#bars li.top').count(), 1);

    const phone = await open(browser, { viewport: { width: 390, height: 844 }, colorScheme: 'dark', deviceScaleFactor: 2 });
    await draw(phone);
    const overflow = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(overflow <= 0, `the page is ${overflow} pixels too wide for a phone`);
    if (pictures) await phone.screenshot({ path: path.join(pictures, 'web-phone-dark.png'), fullPage: true });
  } finally {
    await browser.close();
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
