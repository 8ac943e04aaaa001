// Opens a report in headless Chromium and checks what a person would see:
//   node report.mjs PAGE.html RUNS [SCREENSHOTS]
// RUNS is how many runs the page shows; SCREENSHOTS a prefix for pictures (PREFIX-light.png, ...). Exits with 1 and a
// line for each thing that is wrong.
import { visit } from './browser.mjs';

const [file, run_count, screenshots] = process.argv.slice(2);
const runs = Number(run_count);
await visit(file, screenshots, async (page, name, expect) => {
  const seen = await page.evaluate(() => ({
    lines: document.querySelectorAll('article svg path:not(.area)').length,
    layers: [...document.querySelectorAll('canvas')].map(canvas => {
      const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      return pixels.some(value => value > 0);
    }),
    dots: document.querySelectorAll('.run').length,
    rows: document.querySelectorAll('.scroll:not(.plain) tbody tr').length,
    unfinished: [...document.querySelectorAll('.scroll:not(.plain) tbody tr')].filter(row => row.textContent.includes('*')).length,
    squares: document.querySelectorAll('.matrix g rect').length,
    classes: document.querySelectorAll('.plain tbody tr').length,
    bold: document.querySelector('.facts b').textContent,
  }));
  expect(seen.lines >= 7, `only ${seen.lines} lines are drawn`);
  expect(seen.layers.length >= 2 && seen.layers.every(Boolean), `layers drawn: ${seen.layers}`);
  expect(seen.squares === 4 && seen.classes === 2, `the matrix has ${seen.squares} squares, the table ${seen.classes} classes`);
  expect(/\d/.test(seen.bold), `the headline says "${seen.bold}"`);
  if (runs > 1) {
    expect(seen.dots === runs - seen.unfinished, `the frontier has ${seen.dots} dots`);
    expect(seen.rows === runs, `the table has ${seen.rows} rows`);
    await page.locator('.scroll:not(.plain) tbody button').last().click();
    const [label, heading] = await Promise.all([page.locator('.scroll:not(.plain) tbody button').last().textContent(), page.locator('article h2').first().textContent()]);
    expect(label === heading, `chose ${label}, but ${heading} is shown`);
    await page.locator('.scroll:not(.plain) tbody button').first().click();
  }
  // The slider moves everything to another epoch.
  const counts = () => page.locator('.layer .what').allTextContents();
  const after = await counts();
  await page.locator('input[type=range]').fill('0');
  expect(JSON.stringify(await counts()) !== JSON.stringify(after), 'the slider changes nothing');
  await page.locator('input[type=range]').evaluate(range => { range.value = range.max; range.dispatchEvent(new Event('input')); });
});
