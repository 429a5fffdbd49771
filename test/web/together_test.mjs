// SPDX-License-Identifier: Apache-2.0
// Two people at one object, and an object that Caddy refuses.
import assert from 'node:assert/strict';
import test from 'node:test';
import {eventually, step, worldWithTarget} from './world.mjs';

test('two at once, and a refusal', async (t) => {
  const {world, behind} = await worldWithTarget(t);
  await world.put('/targetgroups/other', {targets: [{host: '127.0.0.1', port: behind.port}]});
  await world.put('/hosts/app?wait=10s', {domain: 'app.maple.example', targetGroup: 'app', tls: {mode: 'internal'}});
  await world.put('/hosts/ok?wait=10s', {domain: 'ok.maple.example', targetGroup: 'app', tls: {mode: 'none'}});
  const one = await world.loggedIn(), other = await world.loggedIn();
  const open = async (page) => {
    await page.goto(`${world.url}/hosts/app?edit`);
    await page.getByLabel('Domain').waitFor();
  };
  const save = (page) => page.getByRole('button', {name: 'Save and serve'}).click();

  await step(one, 'changes that do not touch are both kept', async () => {
    await open(one);
    await open(other);
    await one.getByLabel('Target group').selectOption('other');
    await save(one);
    await one.getByText(/app is served/).waitFor();
    await other.getByLabel('Domain').fill('app2.maple.example');
    await save(other);
    await other.getByText(/admin saved generation \d+ while you were editing/).waitFor();
    await other.getByText('The two do not touch').waitFor();
    assert.equal(await other.getByLabel('Domain').inputValue(), 'app2.maple.example');
    await other.getByRole('button', {name: 'Save both'}).click();
    await other.getByText(/app is served/).waitFor();
    const {body} = await world.api('GET', '/hosts/app');
    assert.equal(body.spec.domain, 'app2.maple.example');
    assert.equal(body.spec.targetGroup, 'other');
  });

  await step(one, 'changes of one field are compared, and nothing that was typed is lost', async () => {
    await open(one);
    await open(other);
    await one.getByLabel('Domain').fill('first.maple.example');
    await save(one);
    await one.getByText(/app is served/).last().waitFor();
    await other.getByLabel('Domain').fill('second.maple.example');
    await save(other);
    await other.getByText('theirs: first.maple.example').waitFor();
    await other.getByLabel('yours: second.maple.example').check();
    await other.getByRole('button', {name: 'Go on with these'}).click();
    assert.equal(await other.getByLabel('Domain').inputValue(), 'second.maple.example');
    await save(other);
    await eventually('it is stored', async () => (await world.api('GET', '/hosts/app')).body.spec.domain === 'second.maple.example');
  });

  await step(one, "a refused host shows Caddy's reason on its row within 2 s, and the Overview says so", async () => {
    await one.goto(`${world.url}/hosts`);
    await one.getByRole('row', {name: 'ok.maple.example'}).getByText('Served', {exact: true}).waitFor();
    await other.goto(world.url);
    await other.getByRole('heading', {name: /All 2\shosts are served as wanted/}).waitFor();
    const since = performance.now();
    await world.put('/hosts/ok', {domain: 'ok.maple.example', targetGroup: 'app', tls: {mode: 'none'}, caddyHandlers: [{handler: 'no_such_handler'}]});
    const row = one.getByRole('row', {name: 'ok.maple.example'});
    await row.getByText('Refused').waitFor();
    await row.getByText(/unknown module: http\.handlers\.no_such_handler/).waitFor();
    await other.getByRole('heading', {name: /1 of 2\shosts is not served as wanted/}).waitFor();
    const took = performance.now() - since;
    console.log(`figure: a refusal is on the page after ${took.toFixed(0)} ms (bound 2000)`);
    assert.ok(took < 2000, `${took} ms`);
  });

  await step(one, 'it is put right from the row to the field', async () => {
    await other.getByRole('button', {name: 'Fix the handlers'}).waitFor();
    await other.getByRole('button', {name: 'Show host'}).click();
    await other.getByRole('heading', {name: 'Caddy refuses ok'}).waitFor();
    await other.getByText('it breaks here').waitFor({state: 'attached'});
    await other.getByRole('button', {name: 'Fix the handlers'}).click();
    await other.getByLabel('Caddy handlers').fill('');
    await save(other);
    await other.getByText(/ok is served/).waitFor();
    await one.getByRole('row', {name: 'ok.maple.example'}).getByText('Served', {exact: true}).waitFor();
  });

  await step(one, 'what a form says of a domain that is taken is under the field; of one that it would take, who loses it', async () => {
    await other.goto(`${world.url}/hosts/ok?edit`);
    await other.getByLabel('Domain').fill('second.maple.example');
    await other.locator('[name=domain][aria-invalid=true]').waitFor();
    await other.getByText(/second\.maple\.example .*app/).first().waitFor();
    await open(one);
    await one.getByLabel('Domain').fill('ok.maple.example');
    await one.getByText('ok would not be as wanted any more').waitFor();
    assert.equal((await world.api('GET', '/hosts/app')).body.spec.domain, 'second.maple.example', 'nothing was stored');
  });

  await step(one, 'a viewer reads everything and is offered no change', async () => {
    const {body} = await world.api('POST', '/users', {name: 'vera', role: 'viewer'});
    const viewer = await world.browser();
    await viewer.goto(world.url);
    await viewer.getByLabel('Name').fill('vera');
    await viewer.getByLabel('Password', {exact: true}).fill(body.password);
    await viewer.getByRole('button', {name: 'Log in'}).click();
    await viewer.getByLabel('Password so far').fill(body.password);
    await viewer.getByLabel('New password').fill('a password of a viewer');
    await viewer.getByRole('button', {name: 'Set the password'}).click();
    await viewer.getByRole('heading', {name: /hosts are served/}).waitFor();
    await viewer.getByRole('navigation', {name: 'Pages'}).first().getByText('Hosts').click();
    await viewer.getByRole('row', {name: 'ok.maple.example'}).waitFor();
    assert.equal(await viewer.getByRole('button', {name: 'Add host'}).count(), 0);
    await viewer.getByRole('button', {name: 'Actions for ok'}).click();
    assert.deepEqual(await viewer.getByRole('menuitem').allInnerTexts(), ['Show', 'Explain']);
    assert.equal(await viewer.getByText('Audit').count(), 0);
    assert.deepEqual(viewer.complaints, []);
  });

  assert.deepEqual([...one.complaints, ...other.complaints], []);
});
