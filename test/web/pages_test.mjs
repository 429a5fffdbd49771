// SPDX-License-Identifier: Apache-2.0
// What single pages promise: an error at its line, two hands on the settings, a difference put back, a change that is seen.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {eventually, step, target, worldWithTarget} from './world.mjs';

// Where in Caddy's config the one target of a host stands.
async function dialOf(world, domain) {
  const {body: servers} = await world.caddyApi('GET', '/config/apps/http/servers');
  for (const [name, server] of Object.entries(servers)) {
    const route = server.routes.findIndex((one) => one.match?.some((set) => set.host?.includes(domain)) && one.handle.some((handler) => handler.upstreams));
    if (route >= 0) return `/apps/http/servers/${name}/routes/${route}/handle/0/upstreams/0/dial`;
  }
  throw new Error(`${domain} is nowhere`);
}

test('single pages', async (t) => {
  const {world, behind} = await worldWithTarget(t, {manifests: true});
  await world.put('/hosts/app?wait=10s', {domain: 'app.maple.example', targetGroup: 'app', tls: {mode: 'none'}});
  const one = await world.loggedIn(), other = await world.loggedIn();

  await step(one, 'an error in a manifest is shown at its line, without the secret beside it', async () => {
    writeFileSync(join(world.manifests, 'shop.yaml'), 'apiVersion: argos.edge/v1\nkind: Certificate\nmetadata: {name: shop}\nspec:\n  sealedKey: hunter2\n  hots: app\n');
    await one.goto(`${world.url}/manifests`);
    const lines = one.getByRole('group', {name: 'shop.yaml, line 6'});
    await lines.locator('[data-here=true]').getByText('hots: app').waitFor();
    await lines.getByText('sealedKey: ***').waitFor();
    await one.getByText('did you mean host').waitFor();
    assert.doesNotMatch(await one.content(), /hunter2/);
  });

  await step(one, 'two change the settings: both are kept, and what is typed is not lost', async () => {
    await one.goto(`${world.url}/settings`);
    await other.goto(`${world.url}/settings`);
    await other.getByLabel('Revisions kept').fill('5000');
    await one.getByLabel('Grace period').fill('20s');
    await one.getByRole('button', {name: 'Save'}).click();
    await one.getByText('The settings are in force').waitFor();
    await other.getByText('root').or(other.getByText('admin')).first().waitFor();
    assert.equal(await other.getByLabel('Revisions kept').inputValue(), '5000', 'a change of somebody else leaves the draft alone');
    await other.getByRole('button', {name: 'Save'}).click();
    await other.getByText(/admin saved generation \d+ while you were editing/).waitFor();
    await other.getByRole('button', {name: 'Save both'}).click();
    await other.getByText('The settings are in force').waitFor();
    const {body} = await world.api('GET', '/settings/default');
    assert.deepEqual([body.spec.gracePeriod, body.spec.historyLimit], ['20s', 5000]);
    await one.getByLabel('Revisions kept').and(one.locator('[value="5000"]')).waitFor();
    await one.getByText('10000 → 5000').waitFor();
  });

  await step(one, 'a disk that is nearly full, or full, is in the sentence, with what to do', async () => {
    for (const [reason, heading, text] of [['SpaceLow', /served, but the disk is nearly full/, /3 MiB free\. Once it is full nothing can be stored/], ['DiskFull', /served, but the disk is full/, /nothing can be stored: delete what is not needed/]]) {
      await other.route('**/api/v1/status', async (route) => {
        const response = await route.fetch();
        const json = await response.json();
        json.controllers.find((controller) => controller.name === 'surroundings').conditions
          .push({type: 'Room', status: 'False', reason, message: '/data has 3 MiB free', observedGeneration: 0, lastTransitionTime: new Date().toISOString()});
        await route.fulfill({response, json});
      });
      await other.goto(world.url);
      await other.getByRole('heading', {name: heading}).waitFor();
      await other.getByText(text).first().waitFor();
      await other.unrouteAll({behavior: 'wait'});
    }
    await other.getByRole('button', {name: 'Choose what backups stay'}).click();
    await other.getByRole('heading', {name: 'Backups', exact: true}).waitFor();
  });

  await step(one, 'what was changed in Caddy is put back from the page', async () => {
    await one.goto(`${world.url}/drift`);
    await one.getByLabel('Caddy’s running config').selectOption('report');
    await eventually('the policy is stored', async () => (await world.api('GET', '/settings/default')).body.spec.drift.caddy === 'report');
    const {body: servers} = await world.caddyApi('GET', '/config/apps/http/servers');
    const [name] = Object.keys(servers);
    await world.caddyApi('POST', `/config/apps/http/servers/${name}/max_header_bytes`, 4321);
    await one.getByText('Left as found').waitFor({timeout: 60_000});
    await one.getByText('4321').first().waitFor();
    await other.goto(world.url);
    await other.getByText('Visitors get what was changed, until it is put back').first().waitFor();
    await one.getByRole('button', {name: /^Put back/}).click();
    await one.getByRole('button', {name: 'Heal from now on'}).click();
    await eventually('Caddy runs what is wanted', async () => (await world.caddyApi('GET', `/config/apps/http/servers/${name}`)).body.max_header_bytes !== 4321, 60_000);
    await one.getByText('Healed').first().waitFor();
    await one.getByText('No difference is open').waitFor();
  });

  await step(one, 'what was changed in Caddy is kept as wanted: it is shown before, written into the object, and may be undone', async () => {
    const second = await target();
    const [first, found] = [(await world.api('GET', '/targetgroups/app')).body.spec.targets[0].port, second.port];
    const {body: settings} = await world.api('GET', '/settings/default');
    await world.put('/settings/default?wait=10s', {...settings.spec, drift: {...settings.spec.drift, caddy: 'report'}});
    await one.goto(`${world.url}/drift`);
    const dial = await dialOf(world, 'app.maple.example');
    await world.caddyApi('PATCH', `/config${dial}`, `127.0.0.1:${found}`);
    await one.getByText('targets[0].port of app').waitFor({timeout: 60_000});
    await one.getByRole('button', {name: `Put back ${first}`}).waitFor();
    await one.getByRole('button', {name: `Keep ${found} as wanted`}).click();
    const dialog = one.getByRole('dialog');
    await dialog.getByText(dial.split('/').slice(1, 7).join(' / ')).waitFor();
    await dialog.getByText('1\u00a0place, 0\u00a0other hosts untouched').waitFor();
    assert.equal((await world.api('GET', '/targetgroups/app')).body.spec.targets[0].port, first, 'it was only shown');
    await dialog.getByRole('button', {name: 'Keep it'}).click();
    await one.getByText('No difference is open').waitFor();
    assert.equal((await world.api('GET', '/targetgroups/app')).body.spec.targets[0].port, found);
    assert.equal((await world.caddyApi('GET', `/config${dial}`)).body, `127.0.0.1:${found}`, 'Caddy was left as it was');
    const {body: {items: [kept]}} = await world.api('GET', '/history?kind=TargetGroup&name=app&limit=1');
    assert.deepEqual([kept.actor, kept.what, kept.fields], ['admin', 'changed', ['spec.targets', 'managedBy', 'owner']]);
    await one.getByRole('button', {name: 'Undo', exact: true}).click();
    await eventually('Caddy runs the first again', async () => (await world.caddyApi('GET', `/config${dial}`)).body === `127.0.0.1:${first}`);
    await second.end();
  });

  await step(one, 'what no field says is not offered, and what a file says is told by its line', async () => {
    const {body: servers} = await world.caddyApi('GET', '/config/apps/http/servers');
    await world.caddyApi('POST', `/config/apps/http/servers/${Object.keys(servers)[0]}/max_header_bytes`, 4321);
    await one.getByText(/It cannot be kept from here: it belongs to no object/).waitFor({timeout: 60_000});
    assert.equal(await one.getByRole('button', {name: /^Keep/}).count(), 0);
    writeFileSync(join(world.manifests, 'wiki.yaml'), `apiVersion: argos.edge/v1\nkind: TargetGroup\nmetadata: {name: wiki}\nspec: {targets: [{host: 127.0.0.1, port: ${behind.port}}]}\n---\nkind: Host\napiVersion: argos.edge/v1\nmetadata: {name: wiki}\nspec: {domain: wiki.maple.example, targetGroup: wiki, tls: {mode: none}}\n`);
    await eventually('it is served', async () => (await world.api('GET', '/hosts/wiki')).body?.status?.conditions.some((said) => said.type === 'Ready' && said.status === 'True'), 30_000);
    await world.caddyApi('PATCH', `/config${await dialOf(world, 'wiki.maple.example')}`, '127.0.0.1:9');
    await one.getByText(/to keep what was found, edit line 1 of .*wiki\.yaml/).waitFor({timeout: 60_000});
  });

  await step(one, 'a suspension asks for how long and why, and ends by itself', async () => {
    await one.getByRole('button', {name: 'Suspend…', exact: true}).click();
    const dialog = one.getByRole('dialog');
    await dialog.getByLabel('What').selectOption('Host/app');
    await dialog.getByLabel('For how long').selectOption('30m');
    await dialog.getByLabel('Why').fill('debugging headers');
    await dialog.getByRole('button', {name: 'Suspend app'}).click();
    await one.getByText(/by admin, .*until .*: debugging headers/).waitFor();
    await other.goto(`${world.url}/hosts`);
    const row = other.getByRole('row', {name: 'app.maple.example'});
    await row.getByText(/by admin since .* until .*: debugging headers/).waitFor();
    execFileSync('sqlite3', [join(world.folder, 'data/argos.db'), `UPDATE suspensions SET until = ${Date.now() + 1000} WHERE name = 'app'`]);
    await row.getByText('Suspended').waitFor({state: 'detached'});
    await row.getByText(/Served|Changed outside argos/).waitFor();
    await one.getByRole('button', {name: 'Suspend…', exact: true}).click();
    await dialog.getByLabel('What').selectOption('Host/app');
    await dialog.getByLabel('For how long').selectOption('Until somebody resumes it');
    await dialog.getByRole('button', {name: 'Suspend app'}).click();
    await row.getByText('Suspended').waitFor();
    await one.getByRole('button', {name: 'Resume app'}).click();
    await row.getByText('Suspended').waitFor({state: 'detached'});
  });

  await step(one, 'rows change places only when nobody has pointed into the table for 2 s', async () => {
    const {body: settings} = await world.api('GET', '/settings/default');
    await world.put('/settings/default?wait=10s', {...settings.spec, drift: {...settings.spec.drift, caddy: 'heal'}});
    await one.goto(`${world.url}/hosts`);
    const domains = () => one.getByRole('row').getByRole('link', {name: /maple/}).allInnerTexts();
    const order = (...wanted) => eventually(wanted.join(), async () => (await domains()).join() === wanted.join());
    await one.getByRole('row', {name: 'wiki.maple.example'}).getByText('Served', {exact: true}).waitFor({timeout: 60_000});
    const app = one.getByRole('row', {name: 'app.maple.example'});
    await app.getByText('Served', {exact: true}).waitFor();
    await order('app.maple.example', 'wiki.maple.example');
    await app.hover();
    await world.put('/hosts/app', {domain: 'app.maple.example', targetGroup: 'app', tls: {mode: 'none'}, enabled: false});
    await app.getByText('Switched off').waitFor();
    assert.deepEqual(await domains(), ['app.maple.example', 'wiki.maple.example'], 'they stay under the pointer');
    await one.mouse.move(5, 5);
    await order('wiki.maple.example', 'app.maple.example');
    await one.getByLabel('Order').selectOption('changed');
    await order('app.maple.example', 'wiki.maple.example');
    await app.locator('time').waitFor();
    await world.put('/hosts/app?wait=10s', {domain: 'app.maple.example', targetGroup: 'app', tls: {mode: 'none'}});
  });

  await step(one, 'a row that changes is tinted for a moment, and not where motion is unwanted', async () => {
    await one.goto(`${world.url}/hosts`);
    const row = one.getByRole('row', {name: 'app.maple.example'});
    await row.getByText('Served', {exact: true}).waitFor();
    assert.equal(await row.getAttribute('data-changed'), 'false', 'what is there at first is nothing new');
    // Begun before the change is made, and asked for after it.
    const watch = () => row.evaluate((element) => {
      window.tint = new Promise((tell) => {
        new MutationObserver(() => { if (element.dataset.changed === 'true') tell(getComputedStyle(element).animationName); }).observe(element, {attributes: true});
      });
    });
    for (const [motion, animation, enabled] of [['no-preference', 'changed', false], ['reduce', 'none', true]]) {
      await one.emulateMedia({reducedMotion: motion});
      await watch();
      await world.put('/hosts/app', {domain: 'app.maple.example', targetGroup: 'app', tls: {mode: 'none'}, enabled});
      assert.equal(await one.evaluate(() => window.tint), animation);
      await row.and(one.locator('[data-changed=false]')).waitFor();
    }
  });

  assert.deepEqual([...one.complaints, ...other.complaints], []);
});
