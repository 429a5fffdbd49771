// SPDX-License-Identifier: Apache-2.0
// argos killed, Caddy killed, the network cut, the session ended, while a page is open: it says so, shows nothing old as green, and
// comes back without a reload.
import assert from 'node:assert/strict';
import test from 'node:test';
import {password, step, worldWithTarget} from './world.mjs';

const green = (page) => page.locator('main [data-class=ok]').count();

test('while a page is open', async (t) => {
  const {world} = await worldWithTarget(t);
  await world.put('/hosts/app?wait=10s', {domain: 'app.maple.example', targetGroup: 'app', tls: {mode: 'none'}});
  const page = await world.loggedIn();
  await page.evaluate(() => { window.sameDocument = true; });
  const wanted = page.getByRole('heading', {name: /All 1\shost is served as wanted/});
  await wanted.waitFor();

  await step(page, 'argos is killed: after 3 s it says so, after 30 s nothing is green; restarted: it comes back by itself', async () => {
    await world.kill(world.argos);
    await page.getByRole('alert').getByText('Not live.').waitFor();
    await page.getByRole('heading', {name: 'Not live'}).waitFor({timeout: 40_000});
    assert.equal(await green(page), 0, 'stale is never green');
    world.startArgos();
    await page.getByText('Live', {exact: true}).first().waitFor({timeout: 30_000});
    await wanted.waitFor({timeout: 20_000});
    assert.equal(await page.getByText('Not live.').count(), 0);
  });

  await step(page, 'Caddy is killed: the sentence says that nothing is known; it is back: so is the sentence', async () => {
    await world.kill(world.caddy);
    await page.getByRole('heading', {name: 'Caddy does not answer'}).waitFor();
    await page.getByText(/Whether hosts are served is not known/).first().waitFor();
    world.startCaddy();
    await wanted.waitFor({timeout: 30_000});
  });

  await step(page, 'the network is cut', async () => {
    await page.context().setOffline(true);
    await page.getByRole('alert').getByText('Not live.').waitFor();
    await page.context().setOffline(false);
    await page.getByText('Live', {exact: true}).first().waitFor({timeout: 20_000});
    await wanted.waitFor();
  });

  await step(page, 'the session ends while something is typed: it is all there after the login', async () => {
    await page.getByRole('navigation', {name: 'Pages'}).first().getByText('Hosts').click();
    await page.getByRole('button', {name: 'Add host'}).click();
    await page.getByLabel('Domain').fill('typed.maple.example');
    for (const {id} of (await world.api('GET', '/sessions')).body.items) await world.api('DELETE', `/sessions/${id}`);
    const dialog = page.getByRole('dialog', {name: 'Your session is over'});
    await dialog.waitFor();
    await dialog.getByLabel('Name').fill('admin');
    await dialog.getByLabel('Password', {exact: true}).fill(password);
    await dialog.getByRole('button', {name: 'Log in'}).click();
    await dialog.waitFor({state: 'hidden'});
    assert.equal(await page.getByLabel('Domain').inputValue(), 'typed.maple.example');
  });

  assert.ok(await page.evaluate(() => window.sameDocument), 'it was never reloaded');
  assert.deepEqual(page.complaints, []);
});
