// SPDX-License-Identifier: Apache-2.0
// What single pages promise: an error at its line, two hands on the settings, a difference put back, a change that is seen.
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {eventually, step, worldWithTarget} from './world.mjs';

test('single pages', async (t) => {
  const {world} = await worldWithTarget(t, {manifests: true});
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

  await step(one, 'a row that changes is tinted for a moment, and not where motion is unwanted', async () => {
    await one.goto(`${world.url}/hosts`);
    const row = one.getByRole('row', {name: 'app.maple.example'});
    await row.getByText('Served', {exact: true}).waitFor();
    assert.equal(await row.getAttribute('data-changed'), 'false', 'what is there at first is nothing new');
    const seen = () => row.evaluate((element) => new Promise((tell) => {
      new MutationObserver(() => { if (element.dataset.changed === 'true') tell(getComputedStyle(element).animationName); }).observe(element, {attributes: true});
    }));
    for (const [motion, animation, enabled] of [['no-preference', 'changed', false], ['reduce', 'none', true]]) {
      await one.emulateMedia({reducedMotion: motion});
      const tinted = seen();
      await world.put('/hosts/app', {domain: 'app.maple.example', targetGroup: 'app', tls: {mode: 'none'}, enabled});
      assert.equal(await tinted, animation);
      await row.and(one.locator('[data-changed=false]')).waitFor();
    }
  });

  assert.deepEqual([...one.complaints, ...other.complaints], []);
});
