// SPDX-License-Identifier: Apache-2.0
// A new user's first five minutes, without a terminal: from the first login to a restore, and all of it in the audit log.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {createHash, X509Certificate} from 'node:crypto';
import {readFileSync} from 'node:fs';
import https from 'node:https';
import {join} from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import {eventually, step, target, World} from './world.mjs';

const domain = 'app.maple.example';

function visit(world) {
  return new Promise((done, failed) => {
    https.get({host: '127.0.0.1', port: world.httpsPort, servername: domain, headers: {Host: domain}, rejectUnauthorized: false, agent: false}, (answer) => {
      let body = '';
      answer.on('data', (part) => { body += part; });
      answer.on('end', () => done({status: answer.statusCode, body}));
    }).on('error', failed);
  });
}

function shown(world) {
  return new Promise((done, failed) => {
    const socket = tls.connect({host: '127.0.0.1', port: world.httpsPort, servername: domain, rejectUnauthorized: false}, () => {
      done(createHash('sha256').update(socket.getPeerCertificate().raw).digest('hex'));
      socket.end();
    }).on('error', failed);
  });
}

function makeCertificate(folder) {
  const [certificate, key] = [join(folder, 'app.crt'), join(folder, 'app.key')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '20', '-subj', `/CN=${domain}`, '-addext', `subjectAltName=DNS:${domain}`,
    '-keyout', key, '-out', certificate], {stdio: 'ignore'});
  return {certificate, key, fingerprint: createHash('sha256').update(new X509Certificate(readFileSync(certificate)).raw).digest('hex')};
}

test('the first five minutes', async (t) => {
  const world = await World.begin({fresh: true});
  const behind = await target('hello from behind\n');
  t.after(async () => {
    await world.end();
    await behind.end();
  });
  const page = await world.browser();
  await page.goto(world.url);

  await step(page, 'the first password is changed before anything else', async () => {
    const first = await eventually('there is a first password', () => world.firstPassword);
    await page.getByLabel('Name').fill('admin');
    await page.getByLabel('Password', {exact: true}).fill('not this one');
    await page.getByRole('button', {name: 'Log in'}).click();
    await page.getByText('Name or password is wrong.').waitFor();
    await page.getByLabel('Password', {exact: true}).fill(first);
    await page.getByRole('button', {name: 'Log in'}).click();
    await page.getByLabel('Password so far').fill(first);
    await page.getByLabel('New password').fill('password');
    await page.getByRole('button', {name: 'Set the password'}).click();
    await page.getByText('one of those that are tried first').waitFor();
    await page.getByLabel('New password').fill('one of my own, long');
    await page.getByRole('button', {name: 'Set the password'}).click();
    await page.getByRole('heading', {name: 'Nothing is served yet'}).waitFor();
  });

  await step(page, 'a target group and a host are added, and the host turns Served', async () => {
    await page.getByRole('button', {name: 'Add target group'}).click();
    await page.getByLabel('Name', {exact: true}).fill('app');
    await page.getByLabel('Address of target 1').fill(`127.0.0.1:${behind.port}`);
    await page.getByLabel('Health check path').fill('/ok%');
    await page.getByText("'/ok%' is not a path").waitFor();
    await page.getByLabel('Health check path').fill('/ok');
    await page.getByText('What will change in Caddy').first().waitFor();
    await page.getByRole('button', {name: 'Save and serve'}).click();
    await page.getByText(/app is in force/).waitFor();
    await page.goto(`${world.url}/hosts/new`);
    await page.getByLabel('Domain').fill(domain);
    assert.equal(await page.getByLabel('Name', {exact: true}).inputValue(), 'app');
    await page.getByLabel('Target group').selectOption('app');
    await page.getByText('Internal CA').click();
    await page.getByRole('region', {name: 'What will change in Caddy'}).getByText(`"${domain}"`).first().waitFor();
    await page.getByRole('button', {name: 'Save and serve'}).click();
    await page.getByText(/app is served, /).waitFor();
    await page.getByRole('row', {name: domain}).getByText('Served', {exact: true}).waitFor();
    assert.equal((await visit(world)).body, 'hello from behind\n');
    const {body} = await world.api('GET', '/hosts/app');
    assert.equal(body.metadata.managedBy, 'panel');
  });

  const {certificate, key, fingerprint} = makeCertificate(world.folder);
  await step(page, 'a certificate is imported, and seen in the handshake', async () => {
    await page.goto(`${world.url}/certificates?import`);
    await page.getByLabel('Host that shows it').selectOption('app');
    await page.getByLabel('Files').setInputFiles([key, certificate]);
    await page.getByText('The key fits').waitFor();
    await page.getByRole('button', {name: 'Store and serve'}).click();
    await page.getByText(/app is stored/).waitFor();
    await eventually('visitors are shown it', async () => await shown(world) === fingerprint);
    await page.getByRole('row', {name: domain}).filter({hasText: 'Imported'}).getByText('Expires soon').waitFor();
  });

  await step(page, 'a backup is taken and verified', async () => {
    await page.goto(`${world.url}/backups`);
    await page.getByRole('button', {name: 'Back up now'}).click();
    await page.getByLabel('Note').fill('before the change');
    await page.getByRole('dialog').getByRole('button', {name: 'Back up now'}).click();
    await page.getByText(/^Verified: /).waitFor();
    await page.getByRole('row', {name: /before the change/}).getByText('Verified').waitFor();
  });

  await step(page, 'something changes', async () => {
    await page.goto(`${world.url}/hosts`);
    await page.getByRole('button', {name: 'Actions for app'}).click();
    await page.getByRole('menuitem', {name: 'Delete…'}).click();
    await page.getByText('will answer 404').waitFor();
    await page.getByRole('button', {name: 'Delete app'}).click();
    await eventually('nobody is served any more', async () => (await visit(world).catch(() => ({body: ''}))).body !== 'hello from behind\n');
  });

  await step(page, 'the backup is restored, and the page shows how it went', async () => {
    await page.goto(`${world.url}/backups`);
    await page.getByRole('button', {name: 'Restore…'}).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Your password').fill('one of my own, long');
    await dialog.getByLabel('Type restore to go on').fill('restore');
    await dialog.getByRole('button', {name: /^Restore /}).click();
    await page.getByRole('heading', {name: 'Restored'}).waitFor({timeout: 30_000});
    await eventually('it is served as before', async () => (await visit(world)).body === 'hello from behind\n');
    await eventually('with its certificate', async () => await shown(world) === fingerprint);
    await page.getByText('All 1 host served as wanted').or(page.getByText(/All 1\shost served as wanted/)).waitFor();
  });

  await step(page, 'the audit log has all of it', async () => {
    await page.goto(`${world.url}/audit`);
    await page.getByRole('table').waitFor();
    const text = await page.getByRole('table').innerText();
    for (const word of ['logged in', 'password changed', 'created\\ttarget group app', 'created\\thost app', 'created\\tcertificate app', 'backup taken', 'deleted\\thost app', 'restored'])
      assert.match(text, new RegExp(word, 'i'), `${word} in ${text}`);
    await page.getByRole('button', {name: 'Before and after: created host app'}).last().click();
    await page.getByRole('group', {name: 'app before and after'}).getByText(`"domain": "${domain}"`).waitFor();
    await page.getByLabel('Who').fill('admin');
    await page.getByLabel('What').fill('deleted');
    await page.getByRole('button', {name: 'Filter'}).click();
    await page.getByRole('row', {name: /created/}).first().waitFor({state: 'detached'});
    await page.getByRole('row', {name: /admin deleted host app/}).waitFor();
  });

  assert.deepEqual(page.complaints, []);
});
