// SPDX-License-Identifier: Apache-2.0
// A real argos, a real Caddy and a real Chromium for one test file, in a folder of their own.
import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import {createServer} from 'node:net';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';

const require = createRequire(resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../panel/web/package.json'));
const {chromium} = require('playwright-core');
export const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const argos = process.env.ARGOS_BINARY ?? resolve('build/dev/argos');
export const password = 'a long enough password of a test';

export async function eventually(what, look, patience = 10_000) {
  const deadline = Date.now() + patience;
  for (let last; ;) {
    try {
      const found = await look();
      if (found) return found;
    } catch (failed) {
      last = failed;
    }
    if (Date.now() > deadline) throw new Error(`not in ${patience} ms: ${what}${last ? ` (${last.message})` : ''}`);
    await new Promise((again) => setTimeout(again, 40));
  }
}

export function freePort() {
  return new Promise((found, failed) => {
    const server = createServer().on('error', failed).listen(0, '127.0.0.1', () => {
      const {port} = server.address();
      server.close(() => found(port));
    });
  });
}

const ended = (child) => child.exitCode !== null || child.signalCode !== null;

export class World {
  static async begin({fresh = false, manifests = false} = {}) {
    const world = new World();
    world.folder = mkdtempSync(join(tmpdir(), 'argos-web-'));
    for (const name of ['data', 'log']) mkdirSync(join(world.folder, name));
    [world.port, world.httpPort, world.httpsPort] = [await freePort(), await freePort(), await freePort()];
    world.environment = {
      PATH: process.env.PATH, HOME: world.folder, XDG_DATA_HOME: join(world.folder, 'data'), ARGOS_DATA_DIR: join(world.folder, 'data'),
      ARGOS_CADDY_ADMIN: `unix://${join(world.folder, 'caddy.sock')}`, ARGOS_LISTEN: `127.0.0.1:${world.port}`,
      ARGOS_HTTP_PORT: String(world.httpPort), ARGOS_HTTPS_PORT: String(world.httpsPort), ARGOS_CADDY_TLS_ADDR: `127.0.0.1:${world.httpsPort}`,
      ARGOS_CADDY_ACCESS_LOG: join(world.folder, 'log/access.log'), ARGOS_CADDY_ERRORS_LOG: join(world.folder, 'log/errors.log'),
      ARGOS_MASTER_KEY: 'ab'.repeat(32), ARGOS_SESSION_SECRET: 'a secret that outlives a restart, of a test',
      ...(fresh ? {} : {ARGOS_INITIAL_ADMIN_PASSWORD: password}),
    };
    if (manifests) {
      world.manifests = join(world.folder, 'manifests');
      mkdirSync(world.manifests);
      world.environment.ARGOS_MANIFESTS_DIR = world.manifests;
    }
    writeFileSync(join(world.folder, 'caddy.json'), JSON.stringify({admin: {listen: `unix/${join(world.folder, 'caddy.sock')}`}}));
    world.startCaddy();
    world.startArgos();
    await world.ready();
    return world;
  }

  startCaddy() {
    this.caddy = this.run('caddy', ['run', '--config', join(this.folder, 'caddy.json')], 'caddy.log');
  }
  startArgos() {
    this.argos = this.run(argos, ['serve'], 'argos.log');
  }
  run(program, args, log) {
    const child = spawn(program, args, {cwd: this.folder, env: this.environment, stdio: ['ignore', 'pipe', 'pipe']});
    child.said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { child.said = (child.said + text).slice(-20_000); });
    child.log = log;
    return child;
  }
  async kill(child, signal = 'SIGKILL') {
    if (ended(child)) return;
    child.kill(signal);
    await eventually('the process has ended', () => ended(child));
  }
  ready() {
    return eventually('argos is ready', async () => (await this.ask('/readyz')).status === 200, 30_000);
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }
  get firstPassword() {
    return readFileSync(join(this.folder, 'data/initial-admin-password'), 'utf8').trim();
  }

  // Over argos.sock, as the command line does: without a login.
  api(method, path, body) {
    return new Promise((done, failed) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const request = http.request({socketPath: join(this.folder, 'data/argos.sock'), method, path: `/api/v1${path}`, headers: {'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text)}}, (answer) => {
        let out = '';
        answer.on('data', (part) => { out += part; });
        answer.on('end', () => done({status: answer.statusCode, body: out ? JSON.parse(out) : null}));
      });
      request.on('error', failed);
      request.end(text);
    });
  }
  async put(path, spec) {
    const {status, body} = await this.api('PUT', path, {spec});
    if (status >= 300 && !body?.stored) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }
  // Caddy's own endpoint, as another hand would use it. Over a socket it wants an empty Host.
  caddyApi(method, path, body) {
    return new Promise((done, failed) => {
      const request = http.request({socketPath: join(this.folder, 'caddy.sock'), setHost: false, method, path, headers: {'Content-Type': 'application/json', Host: ''}}, (answer) => {
        let out = '';
        answer.on('data', (part) => { out += part; });
        answer.on('end', () => done({status: answer.statusCode, body: out ? JSON.parse(out) : null}));
      });
      request.on('error', failed);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
  async ask(path) {
    return fetch(`${this.url}${path}`);
  }

  async browser(options = {}) {
    this.chromium ??= await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb']});
    const context = await this.chromium.newContext({viewport: {width: 1440, height: 900}, colorScheme: 'light', locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce', ...options});
    const page = await context.newPage();
    page.setDefaultTimeout(30_000); // a machine may be busy
    page.complaints = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource|net::ERR_/.test(message.text())) page.complaints.push(message.text());
    });
    page.on('pageerror', (error) => page.complaints.push(String(error)));
    await page.addInitScript(() => addEventListener('securitypolicyviolation', (event) => console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)));
    return page;
  }
  async loggedIn(options = {}, user = 'admin', word = password) {
    const page = await this.browser(options);
    await page.goto(this.url);
    await logIn(page, user, word);
    return page;
  }

  async end() {
    await this.chromium?.close();
    for (const child of [this.argos, this.caddy]) if (child) await this.kill(child, 'SIGTERM').catch(() => this.kill(child));
    if (existsSync(this.folder)) rmSync(this.folder, {recursive: true, force: true, maxRetries: 5});
  }
}

export async function logIn(page, user = 'admin', word = password) {
  await page.getByLabel('Name').fill(user);
  await page.getByLabel('Password', {exact: true}).fill(word);
  await page.getByRole('button', {name: 'Log in'}).click();
  await page.getByText('Live', {exact: true}).filter({visible: true}).waitFor();
}

// An address that answers 200 to whatever is asked.
export async function target(body = 'a target answers\n') {
  const server = http.createServer((_, answer) => answer.end(body));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {port: server.address().port, end: () => new Promise((closed) => { server.closeAllConnections(); server.close(closed); })};
}

// A world for one test, with a target that answers and the group `app` of it; it ends with the test.
export async function worldWithTarget(t, options = {}) {
  const world = await World.begin(options);
  const behind = await target();
  t.after(async () => {
    await world.end();
    await behind.end();
  });
  await world.put('/targetgroups/app', {targets: [{host: '127.0.0.1', port: behind.port}]});
  return {world, behind};
}

// One step of a test whose steps build on each other: named where it fails, with a picture where ARGOS_PICTURES says.
export async function step(page, name, run) {
  try {
    await run();
    console.log(`ok: ${name}`);
  } catch (failed) {
    if (process.env.ARGOS_PICTURES) await page.screenshot({path: join(process.env.ARGOS_PICTURES, `${name.replace(/\W+/g, '-').slice(0, 60)}.png`)}).catch(() => undefined);
    failed.message = `${name}: ${failed.message}\n${page.complaints?.join('\n')}`;
    throw failed;
  }
}
