// SPDX-License-Identifier: Apache-2.0
// Every page, in both schemes, on a desk and on a phone: no violation of WCAG 2.2 AA that axe can see, no complaint of the browser, none of the policy.
import assert from 'node:assert/strict';
import test from 'node:test';
import {axeSource, logIn, World} from './world.mjs';
import {busy, furnish, paths} from './evening.mjs';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

async function violations(page) {
  // As a file of the page's own would run: the content security policy allows no script from elsewhere.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', {expression: axeSource});
  const {result} = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, {runOnly: ${JSON.stringify(tags)}, resultTypes: ['violations']}).then((found) => JSON.stringify(found.violations.map((one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.target.join(' ') + ' ' + (node.any[0]?.message ?? node.failureSummary)).join(' | '))))`,
    awaitPromise: true, returnByValue: true,
  });
  await session.detach();
  return JSON.parse(result.value);
}

// One visit of the page, looked at in each scheme and at each width; all that is amiss is told at once.
async function inEveryForm(page) {
  const amiss = [];
  for (const width of [1440, 375]) {
    await page.setViewportSize({width, height: 812});
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({colorScheme: scheme});
      await page.locator(`html[data-mantine-color-scheme=${scheme}]`).waitFor();
      amiss.push(...(await violations(page)).map((one) => `${scheme} ${width}: ${one}`));
    }
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (sideways > 0) amiss.push(`${width}: scrolls sideways by ${sideways} px`);
  }
  await page.setViewportSize({width: 1440, height: 812});
  assert.deepEqual([...amiss, ...page.complaints.splice(0)], []);
}

test('axe, console and policy', async (t) => {
  const world = await World.begin({manifests: true});
  let evening;
  t.after(async () => {
    await world.end();
    await evening?.end();
  });
  evening = await furnish(world);
  const page = await world.browser();
  await page.goto(world.url);
  await t.test('login', async () => {
    await page.getByLabel('Name').waitFor();
    await inEveryForm(page);
  });
  await logIn(page);
  for (const [name, path] of Object.entries(paths(evening))) {
    await t.test(name, async () => {
      await page.goto(world.url + path);
      await page.getByText('Live', {exact: true}).filter({visible: true}).waitFor();
      await page.locator('h1').first().waitFor();
      if (/edit|new|import|restore=/.test(path) || name === 'controller') await page.getByRole('dialog').waitFor();
      await busy(evening)[name]?.(page);
      await inEveryForm(page);
    });
  }
});
