// SPDX-License-Identifier: Apache-2.0
// One evening on a gateway: most is well, something of each kind is not. For the tests of every page, and for the pictures.
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {eventually, target} from './world.mjs';

const host = (name, group, mode, more = '') => `apiVersion: argos.edge/v1
kind: Host
metadata: {name: ${name}}
spec:
  domain: ${name}.maple.example
  targetGroup: ${group}
  tls: {mode: ${mode}}
${more}`;

function certificate(folder, name, days) {
  const [crt, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', String(days), '-subj', `/O=Sectigo/CN=${name}.maple.example`,
    '-addext', `subjectAltName=DNS:${name}.maple.example,DNS:www.${name}.maple.example`, '-keyout', key, '-out', crt], {stdio: 'ignore'});
  return {certificate: readFileSync(crt, 'utf8'), key: readFileSync(key, 'utf8')};
}

// In Caddy, past argos, which puts it right.
async function changedByAnotherHand(world) {
  const {body: servers} = await world.caddyApi('GET', '/config/apps/http/servers');
  await world.caddyApi('POST', `/config/apps/http/servers/${Object.keys(servers)[0]}/max_header_bytes`, 8192);
  await eventually('it is put right', async () => (await world.api('GET', '/drift')).body.items.some((one) => one.action === 'healed'), 60_000);
}

// wiki is suspended, and somebody tries another target of it.
async function workedOnByHand(world, port) {
  const {body: servers} = await world.caddyApi('GET', '/config/apps/http/servers');
  const at = servers.https.routes.findIndex((route) => route.match?.[0].host?.includes('wiki.maple.example'));
  await world.caddyApi('PATCH', `/config/apps/http/servers/https/routes/${at}/handle/0/upstreams/0/dial`, `127.0.0.1:${port}`);
  await eventually('it is found', async () => (await world.api('GET', '/drift')).body.items.some((one) => one.action === 'suspended'), 60_000);
}

export async function furnish(world) {
  const alive = await target(), tried = await target();
  const check = {enabled: true, path: '/healthz', interval: '1s', timeout: '1s'};
  const at = (port, more = {}) => ({targets: [{host: '127.0.0.1', port}], healthCheck: check, ...more});
  mkdirSync(join(world.manifests, 'apps'));
  for (const name of ['app', 'auth', 'cloud', 'vault']) writeFileSync(join(world.manifests, `apps/${name}.yaml`), host(name, name === 'app' ? 'app' : 'services', 'internal'));
  writeFileSync(join(world.manifests, 'media.yaml'), host('media', 'services', 'internal'));
  await world.put('/targetgroups/services', at(alive.port));
  for (const name of ['grafana', 'wiki']) await world.put(`/targetgroups/${name}`, at(alive.port));
  await world.put('/targetgroups/app', {targets: [{host: '127.0.0.1', port: alive.port}, {host: '127.0.0.1', port: 9}], healthCheck: check});
  for (const name of ['git', 'home', 'nas', 'photos', 'wiki']) await world.put(`/hosts/${name}`, {domain: `${name}.maple.example`, targetGroup: name === 'wiki' ? 'wiki' : 'services', tls: {mode: 'internal'}});
  await world.put('/hosts/print', {domain: 'print.maple.example', targetGroup: 'services', tls: {mode: 'none'}});
  for (const [name, days] of [['shop', 9], ['blog', 212]]) {
    await world.put(`/hosts/${name}`, {domain: `${name}.maple.example`, aliases: [`www.${name}.maple.example`], targetGroup: 'services', tls: {mode: 'manual'}});
    await world.put(`/certificates/${name}`, {host: name, ...certificate(world.folder, name, days)});
  }
  const grafana = {domain: 'grafana.maple.example', targetGroup: 'grafana', tls: {mode: 'internal'}};
  await world.put('/hosts/grafana?wait=10s', grafana);
  for (const note of ['before the move', 'after the move', 'first of the new disk', 'before the Grafana fix']) await world.api('POST', '/backups?wait=20s', {note});
  const {body: backups} = await world.api('GET', '/backups');
  const [newest, broken] = [backups.items[0].metadata.name, backups.items[2].metadata.name];
  truncateSync(join(world.folder, 'data/backups', broken), 9_000);
  await world.api('POST', `/backups/${broken}/verify?wait=20s`, {});
  await eventually('the file of media was read', async () => (await world.api('GET', '/hosts/media')).status === 200);
  writeFileSync(join(world.manifests, 'media.yaml'), host('media', 'services', 'internal', '  enabld: true\n'));
  await world.put('/hosts/grafana', {...grafana, caddyHandlers: [{handler: 'headres', response: {set: {'X-Frame-Options': ['DENY']}}}]});
  await world.api('POST', '/suspend', {kind: 'Host', name: 'wiki', note: 'debugging headers', for: '2h'});
  await world.api('POST', '/users', {name: 'jana', role: 'operator'});
  await changedByAnotherHand(world);
  await workedOnByHand(world, tried.port);
  await eventually('all is looked at', async () => {
    const hosts = (await world.api('GET', '/hosts')).body.items;
    const said = (name, type) => hosts.find((one) => one.metadata.name === name)?.status.conditions.find((one) => one.type === type);
    return said('grafana', 'Programmed')?.reason === 'RejectedByCaddy' && said('app', 'TargetsHealthy')?.reason === 'TargetsDown'
      && said('git', 'TargetsHealthy')?.status === 'True' && said('shop', 'Valid')?.status === 'True' && said('wiki', 'Suspended');
  }, 90_000);
  certificate(world.folder, 'shop', 365); // the next one, to be imported
  return {newest, broken, files: ['shop.key', 'shop.crt'].map((name) => join(world.folder, name)), end: () => Promise.all([alive.end(), tried.end()])};
}

// What is done on a page before it is looked at, so that there is something to see.
export const busy = ({files}) => ({
  'host-edit': async (page) => {
    await page.getByLabel('Target group').selectOption('app');
    await page.getByRole('region', {name: 'What will change in Caddy'}).waitFor();
  },
  'certificate-import': async (page) => {
    await page.getByLabel('Files').setInputFiles(files);
    await page.getByText('The key fits').waitFor();
  },
  'backup-policy': async (page) => {
    await page.getByRole('button', {name: 'Change'}).click();
    await page.getByRole('dialog').getByLabel('Which may be deleted').selectOption('scheduled,manual');
    await page.getByRole('dialog').getByLabel('Stay for days').fill('0');
    await page.getByRole('heading', {name: /With this policy 3 stay/}).waitFor();
  },
  'backup-restore': async (page) => page.getByText('What would change').waitFor(),
});

// Every page, by the name of its picture.
export const paths = ({newest, broken}) => ({
  overview: '/', hosts: '/hosts', host: '/hosts/grafana', 'host-well': '/hosts/git', 'host-edit': '/hosts?edit=git', 'host-new': '/hosts/new',
  'target-groups': '/target-groups', 'target-group': '/target-groups/app', 'target-group-edit': '/target-groups/app?edit',
  certificates: '/certificates', certificate: '/certificates/shop', 'certificate-import': '/certificates?import&name=shop',
  backups: '/backups', 'backup-policy': '/backups', backup: `/backups/${broken}`, 'backup-restore': `/backups?restore=${newest}`, restore: '/restore', drift: '/drift', manifests: '/manifests', audit: '/audit',
  users: '/users', settings: '/settings', me: '/me', controller: '/controllers/caddy', lost: '/no/such/page',
});
