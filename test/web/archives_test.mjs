// SPDX-License-Identifier: Apache-2.0
// Archives in the browser: one is brought from elsewhere, what is none is refused, and a policy says what it means before it is stored.
import assert from 'node:assert/strict';
import {copyFileSync, existsSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {eventually, step, worldWithTarget} from './world.mjs';

test('archives', async (t) => {
  const {world} = await worldWithTarget(t);
  await world.put('/hosts/app?wait=10s', {domain: 'app.maple.example', targetGroup: 'app', tls: {mode: 'none'}});
  for (const note of ['first', 'second', 'third']) await world.api('POST', '/backups?wait=20s', {note});
  const {body: {items}} = await world.api('GET', '/backups');
  const folder = join(world.folder, 'data/backups');
  const moved = join(world.folder, 'from-another-machine.tar.gz');
  copyFileSync(join(folder, items[0].metadata.name), moved);
  const page = await world.loggedIn();
  const upload = (path) => page.getByLabel('Archive', {exact: true}).setInputFiles(path);

  await step(page, 'a file that is no archive is refused, and it says why', async () => {
    await page.goto(`${world.url}/backups`);
    const wrong = join(world.folder, 'holiday.tar.gz');
    writeFileSync(wrong, 'this is no archive of anything');
    await upload(wrong);
    await page.getByRole('alert').filter({hasText: /gzip/}).waitFor();
    const cut = join(world.folder, 'cut.tar.gz');
    copyFileSync(moved, cut);
    truncateSync(cut, 9_000);
    await upload(cut);
    await page.getByRole('alert').filter({hasText: /ends before it is whole/}).waitFor();
    await upload(join(folder, items[1].metadata.name));
    await page.getByRole('alert').filter({hasText: /already/}).waitFor();
    assert.equal((await world.api('GET', '/backups')).body.items.length, 3);
    for (const name of ['holiday.tar.gz', 'cut.tar.gz']) assert.equal(existsSync(join(folder, name)), false, name);
  });

  await step(page, 'one from elsewhere is taken, verified, and can be restored', async () => {
    await world.api('DELETE', '/hosts/app');
    await upload(moved);
    await page.getByText(/from-another-machine\.tar\.gz is there, read to its last byte/).waitFor();
    await eventually('it is listed', async () => (await world.api('GET', '/backups/from-another-machine.tar.gz')).status === 200);
    await page.goto(`${world.url}/backups/from-another-machine.tar.gz`);
    await page.getByRole('button', {name: 'Restore…'}).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('row', {name: /^Hosts/}).getByText('app comes back').waitFor();
    await dialog.getByText('Master key fits').waitFor();
    await dialog.getByRole('button', {name: 'Cancel'}).click();
  });

  await step(page, 'what a policy means is shown as it is typed, and nothing of it is stored', async () => {
    await page.goto(`${world.url}/backups`);
    await page.getByRole('button', {name: 'Change'}).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('heading', {name: 'With this policy 4 stay, 0 go'}).waitFor();
    await dialog.getByLabel('Which may be deleted').selectOption('scheduled,manual');
    await dialog.getByLabel('Stay for days').fill('0');
    await dialog.getByLabel('Newest').fill('1');
    await dialog.getByRole('heading', {name: 'With this policy 1 stay, 3 go'}).waitFor();
    await dialog.getByLabel('Newest').fill('0');
    await dialog.getByText(/keeps nothing/).first().waitFor();
    assert.equal(await dialog.getByRole('button', {name: 'Save'}).isDisabled(), true);
    await dialog.getByRole('button', {name: 'Cancel'}).click();
    assert.equal((await world.api('GET', '/backuppolicies')).body.items.length, 0);
    assert.equal((await world.api('GET', '/backups')).body.items.length, 4);
  });

  assert.deepEqual(page.complaints, []);
});
