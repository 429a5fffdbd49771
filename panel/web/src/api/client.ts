// SPDX-License-Identifier: Apache-2.0
// One way to ask the API: JSON, RFC 9457 problems as a class, and what an ended session or a wanted password sets in motion.
import type {FieldError} from './types';

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    readonly detail: string,
    readonly hint: string,
    readonly errors: FieldError[] = [],
    readonly members: Record<string, unknown> = {},
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
  }
  get unreachable() {
    return this.status === 0;
  }
}

export interface Reply<T> {status: number; body: T; etag: string}

interface Wish {
  method?: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

// Set by the session's dialogs: each resolves when it is worth asking once more.
export const doors = {
  logIn: null as null | (() => Promise<void>),
  confirm: null as null | (() => Promise<boolean>),
};

export async function problemOf(response: Response): Promise<Problem> {
  const said = await response.json().catch(() => null) as Record<string, unknown> | null;
  const retry = Number(response.headers.get('Retry-After'));
  return new Problem(
    response.status,
    String(said?.reason ?? 'Unknown'),
    String(said?.detail ?? `the gateway answered ${response.status}`),
    String(said?.hint ?? ''),
    (said?.errors as FieldError[] | undefined) ?? [],
    said ?? {},
    retry > 0 ? retry : null,
  );
}

async function send(path: string, wish: Wish): Promise<Response> {
  const method = wish.method ?? 'GET';
  const headers: Record<string, string> = {...wish.headers};
  if (method !== 'GET') headers['Content-Type'] = 'application/json';
  const body = method === 'GET' || wish.body === undefined ? undefined : JSON.stringify(wish.body);
  try {
    return await fetch(`/api/v1${path}`, {method, headers, body, signal: wish.signal});
  } catch (failed) {
    if (wish.signal?.aborted) throw failed;
    throw new Problem(0, 'Unreachable', 'argos does not answer', 'the page tries again by itself');
  }
}

const ownAffair = ['/login', '/session/confirm'];

export async function ask<T>(path: string, wish: Wish = {}): Promise<Reply<T>> {
  const response = await send(path, wish);
  if (response.ok) {
    const text = response.status === 204 ? '' : await response.text();
    return {status: response.status, body: (text ? JSON.parse(text) : undefined) as T, etag: response.headers.get('ETag') ?? ''};
  }
  const problem = await problemOf(response);
  if (!ownAffair.includes(path)) {
    if (problem.status === 401 && doors.logIn) {
      await doors.logIn();
      return ask(path, wish);
    }
    if (problem.reason === 'ConfirmationRequired' && doors.confirm && await doors.confirm()) return ask(path, wish);
  }
  throw problem;
}

export const get = async <T>(path: string, signal?: AbortSignal) => (await ask<T>(path, {signal})).body;
export const post = async <T>(path: string, body: unknown = {}) => (await ask<T>(path, {method: 'POST', body})).body;

// Read, changed, and written under the tag that it was read with. Where it may not be there yet, `start` is what holds until then.
export async function amend<Spec>(path: string, change: (spec: Spec) => Spec, start?: Spec): Promise<void> {
  const held = await ask<{spec: Spec}>(path).catch((why) => {
    if (start !== undefined && why instanceof Problem && why.status === 404) return null;
    throw why;
  });
  const spec = change(held ? held.body.spec : start!);
  await ask(path, {method: 'PUT', body: {spec}, headers: held ? {'If-Match': held.etag} : {'If-None-Match': '*'}});
}
