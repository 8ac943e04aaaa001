// Opens a report in headless Chromium and checks what a person would see:
//   node report.mjs PAGE.html RUNS [SCREENSHOTS]
// RUNS is how many runs the page shows; SCREENSHOTS a prefix for pictures (PREFIX-light.png, ...). Exits with 1 and a
// line for each thing that is wrong.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [page_file, run_count, screenshots] = process.argv.slice(2);
const runs = Number(run_count);
const wrong = [];
const expect = (ok, what) => { if (!ok) wrong.push(what); };

const profile = mkdtempSync(join(tmpdir(), 'pare-browser-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  headless: true,
  deviceScaleFactor: 1,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync'],
});
try {
  for (const [name, width, colorScheme] of [['light', 1120, 'light'], ['dark', 1120, 'dark'], ['phone', 375, 'light']]) {
    const page = await browser.newPage();
    page.on('console', message => { if (message.type() === 'error') wrong.push(`${name}: console: ${message.text()}`); });
    page.on('pageerror', error => wrong.push(`${name}: ${error}`));
    page.on('request', request => {
      if (!/^(file|data):/.test(request.url())) wrong.push(`${name}: asks the network for ${request.url()}`);
    });
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto(pathToFileURL(resolve(page_file)).href);

    const seen = await page.evaluate(() => ({
      lines: document.querySelectorAll('article svg path:not(.area)').length,
      broken: [...document.querySelectorAll('svg *')].filter(node => [...node.attributes].some(a => /NaN|undefined|Infinity/.test(a.value))).length,
      layers: [...document.querySelectorAll('canvas')].map(canvas => {
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        return pixels.some(value => value > 0);
      }),
      dots: document.querySelectorAll('.run').length,
      rows: document.querySelectorAll('tbody tr').length,
      unfinished: [...document.querySelectorAll('tbody tr')].filter(row => row.textContent.includes('*')).length,
      scroll: document.documentElement.scrollWidth - innerWidth,
      bold: document.querySelector('.facts b').textContent,
    }));
    expect(seen.lines >= 7, `${name}: only ${seen.lines} lines are drawn`);
    expect(seen.broken === 0, `${name}: ${seen.broken} marks have no place`);
    expect(seen.layers.length >= 2 && seen.layers.every(Boolean), `${name}: layers drawn: ${seen.layers}`);
    expect(seen.scroll <= 0, `${name}: the page is ${seen.scroll} pixels too wide`);
    expect(/\d/.test(seen.bold), `${name}: the headline says "${seen.bold}"`);
    if (runs > 1) {
      expect(seen.dots === runs - seen.unfinished, `${name}: the frontier has ${seen.dots} dots`);
      expect(seen.rows === runs, `${name}: the table has ${seen.rows} rows`);
      await page.locator('tbody button').last().click();
      const [label, heading] = await Promise.all([page.locator('tbody button').last().textContent(), page.locator('article h2').first().textContent()]);
      expect(label === heading, `${name}: chose ${label}, but ${heading} is shown`);
      await page.locator('tbody button').first().click();
    }
    // The slider moves everything to another epoch.
    const counts = () => page.locator('.layer .what').allTextContents();
    const after = await counts();
    await page.locator('input[type=range]').fill('0');
    expect(JSON.stringify(await counts()) !== JSON.stringify(after), `${name}: the slider changes nothing`);
    await page.locator('input[type=range]').evaluate(range => { range.value = range.max; range.dispatchEvent(new Event('input')); });
    await page.evaluate(() => { scrollTo(0, 0); document.activeElement.blur(); });
    if (screenshots) await page.screenshot({ path: `${screenshots}-${name}.png`, fullPage: true });
    await page.close();
  }
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
for (const line of wrong) console.error(line);
process.exit(wrong.length ? 1 : 0);
