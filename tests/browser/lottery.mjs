// Opens the report of lotteries in headless Chromium and checks their figures:
//   node lottery.mjs PAGE.html LOTTERIES [SCREENSHOTS]
// The first one has to have several replicates and a branch. SCREENSHOTS as in report.mjs.
import { readFileSync } from 'node:fs';
import { visit } from './browser.mjs';

const [file, lottery_count, screenshots] = process.argv.slice(2);
const lotteries = Number(lottery_count);
await visit(file, screenshots, async (page, name, expect) => {
  expect(await page.locator('article.lottery').count() === lotteries, 'not every lottery is there');
  const lottery = page.locator('article.lottery').first(), cards = lottery.locator('.chart');
  expect(await cards.count() === 4, 'there are not four figures');
  for (const card of await cards.all()) {
    const title = await card.locator('b').textContent();
    const seen = await card.locator('svg').evaluate(figure => {
      const height = path => path.getBBox().height;
      return {bands: [...figure.querySelectorAll('.band')].map(height), means: figure.querySelectorAll('.mean').length,
              left_to_right: [...figure.querySelectorAll('g.s0 circle')].map(dot => dot.getBBox().x)};
    });
    expect(seen.means === 2 && seen.bands.length === 2, `${title}: ${seen.means} means, ${seen.bands.length} bands`);
    if (title.includes('early stop')) expect(seen.bands.every(height => height > 1), `${title}: a band is flat`);
    expect(seen.left_to_right.every((x, i, all) => i === 0 || x > all[i - 1] + 5), `${title}: the axis does not run from dense to sparse`);
  }
  // The level pointed at is the one whose numbers are shown, in all figures.
  const numbers = () => lottery.locator('.values').allTextContents();
  const before = JSON.stringify(await numbers());
  await cards.nth(1).locator('svg').hover({position: {x: 60, y: 100}});
  const after = await numbers();
  expect(JSON.stringify(after) !== before && after.every(text => /\d/.test(text)), `pointing shows ${after}`);
  // A figure as a file: well-formed, alone, and with the words that make it readable.
  const download = page.waitForEvent('download');
  await cards.first().locator('.save').click();
  const saved = readFileSync(await (await download).path(), 'utf8');
  const read = await page.evaluate(text => {
    const root = new DOMParser().parseFromString(text, 'image/svg+xml');
    return {bad: Boolean(root.querySelector('parsererror')), words: root.documentElement.textContent, lines: root.querySelectorAll('.mean').length};
  }, saved);
  expect(!read.bad && read.lines === 4 && read.words.includes('random re-initialisation') && read.words.includes('Iterations to early stop'), 'the saved figure is not whole');
  expect(!/href|src=/.test(saved), 'the saved figure needs other files');
});
