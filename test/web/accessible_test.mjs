// SPDX-License-Identifier: Apache-2.0
// Every page, light on a desk and dark on a phone: no violation of WCAG 2.2 AA that axe can see, no complaint of the browser, none of the policy.
import assert from 'node:assert/strict';
import test from 'node:test';
import {axeSource, logIn, World} from './world.mjs';
import {furnish, paths} from './evening.mjs';

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

test('axe, console and policy', async (t) => {
  const world = await World.begin({manifests: true});
  let evening;
  t.after(async () => {
    await world.end();
    await evening?.end();
  });
  evening = await furnish(world);
  for (const [scheme, width] of [['light', 1440], ['dark', 375]]) {
    const page = await world.browser({colorScheme: scheme, viewport: {width, height: 812}});
    await page.goto(world.url);
    await t.test(`/login ${scheme} ${width}`, async () => {
      await page.getByLabel('Name').waitFor();
      assert.deepEqual(await violations(page), []);
    });
    await logIn(page);
    for (const [name, path] of Object.entries(paths(evening))) {
      await t.test(`${name} ${scheme} ${width}`, async () => {
        await page.goto(world.url + path);
        await page.getByText('Live', {exact: true}).filter({visible: true}).waitFor();
        await page.locator('h1').first().waitFor();
        if (/edit|new|import|restore=/.test(path) || name === 'controller') await page.getByRole('dialog').waitFor();
        assert.deepEqual(await violations(page), []);
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(sideways <= 0, `scrolls sideways by ${sideways} px`);
        assert.deepEqual(page.complaints.splice(0), []);
      });
    }
    await page.context().close();
  }
});
