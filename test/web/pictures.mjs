// SPDX-License-Identifier: Apache-2.0
// Pictures of every page into docs/images/panel/, of one evening on a gateway: both schemes, 1440 and 375 px wide.
//   ARGOS_BINARY=build/argos node test/web/pictures.mjs [NAME…]
import {mkdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {busy, furnish, paths} from './evening.mjs';
import {logIn, World} from './world.mjs';

const into = resolve('docs/images/panel');
const wanted = process.argv.slice(2);
const forms = [['light', 1440], ['dark', 1440], ['light', 375], ['dark', 375]];
mkdirSync(into, {recursive: true});

async function picture(page, name, scheme, width) {
  if (wanted.length && !wanted.includes(name)) return;
  await page.evaluate(() => document.fonts.ready);
  await page.waitForLoadState('networkidle', {timeout: 800}).catch(() => undefined); // the stream of events never ends
  const dialog = await page.getByRole('dialog').count() > 0;
  const least = width === 1440 ? 900 : 812;
  const height = dialog ? least : Math.max(least, await page.evaluate(() => document.querySelector('main').scrollHeight + (innerWidth < 768 ? 116 : 0)));
  await page.setViewportSize({width, height: Math.min(height, 4000)});
  await page.screenshot({path: join(into, `${name}-${scheme}-${width}.png`)});
  await page.setViewportSize({width, height: least});
}

const fresh = await World.begin(), evening = await World.begin({manifests: true});
let rest;
try {
  rest = await furnish(evening);
  for (const [scheme, width] of forms) {
    const options = {colorScheme: scheme, viewport: {width, height: width === 1440 ? 900 : 812}};
    const first = await fresh.browser(options);
    await first.goto(fresh.url);
    await first.getByLabel('Name').waitFor();
    await picture(first, 'login', scheme, width);
    await logIn(first);
    await first.getByRole('heading', {name: 'Nothing is served yet'}).waitFor();
    await picture(first, 'first-run', scheme, width);
    await first.context().close();
    const page = await evening.browser(options);
    await page.goto(evening.url);
    await logIn(page);
    for (const [name, path] of Object.entries(paths(rest))) {
      if (wanted.length && !wanted.includes(name)) continue;
      await page.goto(evening.url + path);
      await page.getByText('Live', {exact: true}).filter({visible: true}).waitFor();
      await page.locator('h1').first().waitFor();
      await busy(rest)[name]?.(page);
      await picture(page, name, scheme, width);
    }
    await page.context().close();
  }
} finally {
  await rest?.end();
  await fresh.end();
  await evening.end();
}
