// SPDX-License-Identifier: Apache-2.0
// The one stream of events of this tab: it patches the query cache, tells whether the page is live, and comes back by itself.
import type {QueryClient} from '@tanstack/react-query';
import {useSyncExternalStore} from 'react';
import {get, Problem, doors} from './client';
import type {BackupList, Condition, Obj, ObjList, StatusReport} from './types';

export interface Live {
  connected: boolean;
  lostAt: number | null;   // since when it is not
  retryAt: number | null;  // when it is tried again
  ended: string;           // the session is over or the gateway refuses: why
}

let live: Live = {connected: false, lostAt: null, retryAt: null, ended: ''};
const listeners = new Set<() => void>();
function now(next: Partial<Live>) {
  live = {...live, ...next};
  for (const listener of listeners) listener();
}
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
export const useLive = () => useSyncExternalStore(subscribe, () => live);

const plurals: Record<string, string> = {
  Host: 'hosts', TargetGroup: 'targetgroups', Certificate: 'certificates', Settings: 'settings', BackupPolicy: 'backuppolicies',
};

// What else has moved when a controller says something: reports that have no events of their own.
const reports: Record<string, string[]> = {
  targets: ['targets'], drift: ['drift'], manifests: ['manifests'], restore: ['restore'], backups: ['backups'], integrity: ['integrity', 'drift'],
};

const together = 80;      // ms: what comes in a burst is one change of the page
const fewEnough = 12;     // objects that are fetched one by one
const silence = 22_000;   // the server says something every 15 s
const longest = 15_000;   // between two tries

// Of an object or a controller: what is said of it now, or the type of what is no longer said.
interface Said {kind: string; name: string; condition?: Condition; type?: string}
interface Batch {objects: Map<string, {kind: string; name: string; what: string}>; conditions: Said[]}

export class Stream {
  private batch: Batch = {objects: new Map(), conditions: []};
  private timer = 0;
  private lastId = '';
  private tries = 0;
  private stopped = false;
  private abort: AbortController | null = null;
  private wake: (() => void) | null = null;

  constructor(private readonly queries: QueryClient) {}

  start() {
    addEventListener('offline', this.cut);
    addEventListener('online', this.tryNow);
    void this.run();
  }
  stop() {
    this.stopped = true;
    removeEventListener('offline', this.cut);
    removeEventListener('online', this.tryNow);
    this.abort?.abort();
    this.wake?.();
  }
  readonly cut = () => this.abort?.abort();
  readonly tryNow = () => this.wake?.();

  private async run() {
    while (!this.stopped) {
      await this.listen();
      if (this.stopped) return;
      const wait = Math.min(longest, 500 * 2 ** this.tries++);
      now({connected: false, lostAt: live.lostAt ?? Date.now(), retryAt: Date.now() + wait});
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = null;
    }
  }

  private async listen() {
    this.abort = new AbortController();
    const {signal} = this.abort;
    let watch = 0;
    const heard = () => {
      clearTimeout(watch);
      watch = window.setTimeout(this.cut, silence);
    };
    try {
      heard();
      const headers: Record<string, string> = this.lastId ? {'Last-Event-ID': this.lastId} : {};
      const response = await fetch('/api/v1/events', {headers, signal});
      if (response.status === 401 && doors.logIn) {
        clearTimeout(watch);
        await doors.logIn();
        this.tries = 0;
        return;
      }
      if (!response.ok || !response.body) return;
      const resumed = live.lostAt !== null;
      now({connected: true, lostAt: null, retryAt: null, ended: ''});
      this.tries = 0;
      if (resumed) void this.queries.invalidateQueries();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      for (;;) {
        const {done, value} = await reader.read();
        if (done) return;
        heard();
        text += value;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          this.take(text.slice(0, end));
          text = text.slice(end + 2);
        }
      }
    } catch {
      // cut, or nobody there: run() tries again
    } finally {
      clearTimeout(watch);
    }
  }

  private take(block: string) {
    const field = (name: string) => block.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
    const id = field('id');
    if (id) this.lastId = id;
    const data = field('data');
    if (!data) return;
    const said = JSON.parse(data);
    const type = field('event');
    if (type === 'reset') void this.queries.invalidateQueries();
    if (type === 'object') this.batch.objects.set(`${said.kind}/${said.name}`, said);
    if (type === 'condition' || type === 'dropped') this.batch.conditions.push(said);
    if (!this.timer) this.timer = window.setTimeout(() => this.flush(), together);
  }

  private flush() {
    this.timer = 0;
    const {objects, conditions} = this.batch;
    this.batch = {objects: new Map(), conditions: []};
    this.patchConditions(conditions);
    void this.patchObjects([...objects.values()]);
  }

  private patchConditions(said: Batch['conditions']) {
    const byKind = groupBy(said);
    if (said.some((one) => one.kind === 'Controller' || typeOf(one) === 'Programmed' || typeOf(one) === 'Suspended')) void this.queries.invalidateQueries({queryKey: ['drift']});
    for (const [kind, some] of byKind) {
      if (kind === 'Controller') this.patchControllers(some);
      else if (kind === 'Backup') this.patchBackups(some);
      else if (plurals[kind]) this.patchList(plurals[kind], some);
    }
  }

  private patchList(plural: string, said: Batch['conditions']) {
    this.queries.setQueryData<ObjList<unknown>>([plural], (held) => held && {...held, items: patched(held.items, said)});
    for (const {name} of said) void this.queries.invalidateQueries({queryKey: ['explain', plural, name]});
    // Facts without events of their own that belong to these conditions: what visitors are shown, which targets answer.
    const valid = said.filter((one) => typeOf(one) === 'Valid');
    if (valid.length > 0) this.refetchSome(plural, valid);
    if (said.some((one) => typeOf(one) === 'TargetsHealthy')) void this.queries.invalidateQueries({queryKey: ['targets']});
  }

  private refetchSome(plural: string, said: Batch['conditions']) {
    if (plural !== 'hosts' && plural !== 'certificates') return;
    void this.patchObjects(said.map((one) => ({kind: one.kind, name: one.name, what: 'changed'})));
  }

  private patchBackups(said: Batch['conditions']) {
    const held = this.queries.getQueryData<BackupList>(['backups']);
    if (!held || said.some((one) => !held.items.some((item) => item.metadata.name === one.name)))
      return void this.queries.invalidateQueries({queryKey: ['backups']});
    this.queries.setQueryData<BackupList>(['backups'], {...held, items: patched(held.items, said)});
  }

  private patchControllers(said: Batch['conditions']) {
    this.queries.setQueryData<StatusReport>(['status'], (held) => held && {
      ...held,
      controllers: held.controllers.map((controller) => ({
        ...controller,
        conditions: withConditions(controller.conditions, said.filter((one) => one.name === controller.name)),
      })),
    });
    for (const name of new Set(said.map((one) => one.name))) {
      for (const key of reports[name] ?? []) void this.queries.invalidateQueries({queryKey: [key]});
      void this.queries.invalidateQueries({queryKey: ['controller', name]});
    }
    void this.queries.invalidateQueries({queryKey: ['status']});
  }

  private async patchObjects(changed: {kind: string; name: string; what: string}[]) {
    if (changed.length === 0) return;
    const lists = new Set(changed.map((one) => plurals[one.kind]).filter((one) => one !== undefined));
    if (changed.length > fewEnough) {
      for (const plural of lists) void this.queries.invalidateQueries({queryKey: [plural]});
    } else {
      await Promise.all(changed.map((one) => this.patchObject(one)));
    }
    for (const {kind, name} of changed) {
      void this.queries.invalidateQueries({queryKey: ['explain', plurals[kind], name]});
      void this.queries.invalidateQueries({queryKey: ['history', kind, name]});
    }
    for (const key of ['status', 'drift', 'manifests', 'recent', 'audit'])
      void this.queries.invalidateQueries({queryKey: [key]});
  }

  private async patchObject({kind, name, what}: {kind: string; name: string; what: string}) {
    const plural = plurals[kind];
    if (!plural || !this.queries.getQueryData([plural])) return;
    let fresh: Obj | null = null;
    try {
      if (what !== 'deleted') fresh = await get<Obj>(`/${plural}/${name}`);
    } catch (failed) {
      if (!(failed instanceof Problem) || failed.status !== 404) return;
    }
    this.queries.setQueryData<ObjList<unknown>>([plural], (held) => {
      if (!held) return held;
      const others = held.items.filter((item) => item.metadata.name !== name);
      const items = fresh ? [...others, fresh].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)) : others;
      return {...held, items};
    });
  }
}

function groupBy(said: Batch['conditions']) {
  const out = new Map<string, Batch['conditions']>();
  for (const one of said) out.set(one.kind, [...(out.get(one.kind) ?? []), one]);
  return out;
}

const typeOf = (said: Said) => said.condition?.type ?? said.type;

function withConditions(held: Condition[], said: Said[]): Condition[] {
  let out = held;
  for (const one of said) out = [...out.filter((other) => other.type !== typeOf(one)), ...(one.condition ? [one.condition] : [])];
  return out;
}

function patched<T extends {metadata: {name: string}; status: {conditions: Condition[]}}>(items: T[], said: Batch['conditions']): T[] {
  const byName = new Map<string, Batch['conditions']>();
  for (const one of said) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
  return items.map((item) => {
    const some = byName.get(item.metadata.name);
    return some ? {...item, status: {...item.status, conditions: withConditions(item.status.conditions, some)}} : item;
  });
}
