// Opens a page as people do, in headless Chromium: light, dark and on a phone, and notes what goes wrong.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

// Calls look(page, name, expect) for each of the three, takes pictures (SCREENSHOTS-light.png, ...) when a prefix for
// them is given, prints a line for each thing that is wrong, and exits with 1 if there is any.
export async function visit(file, screenshots, look) {
  const wrong = [];
  const profile = mkdtempSync(join(tmpdir(), 'pare-browser-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    headless: true,
    deviceScaleFactor: 1,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
           '--disable-component-update', '--disable-sync',
           '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'], // a camera and a microphone
  });
  try {
    for (const [name, width, colorScheme] of [['light', 1120, 'light'], ['dark', 1120, 'dark'], ['phone', 375, 'light']]) {
      const expect = (ok, what) => { if (!ok) wrong.push(`${name}: ${what}`); };
      const page = await browser.newPage();
      page.setDefaultTimeout(120000); // of a busy machine
      page.on('console', message => { if (message.type() === 'error') wrong.push(`${name}: console: ${message.text()}`); });
      page.on('pageerror', error => wrong.push(`${name}: ${error}`));
      page.on('request', request => expect(/^(file|data|blob):/.test(request.url()), `asks the network for ${request.url()}`));
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(pathToFileURL(resolve(file)).href);
      const seen = await page.evaluate(() => ({
        broken: [...document.querySelectorAll('svg *')].filter(node => [...node.attributes].some(a => /NaN|undefined|Infinity/.test(a.value))).length,
        scroll: document.documentElement.scrollWidth - innerWidth,
      }));
      expect(seen.broken === 0, `${seen.broken} marks have no place`);
      expect(seen.scroll <= 0, `the page is ${seen.scroll} pixels too wide`);
      await look(page, name, expect);
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
}
