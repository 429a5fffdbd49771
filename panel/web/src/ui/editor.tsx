// SPDX-License-Identifier: Apache-2.0
// Editing one object: the server judges the draft as it is typed, what will change in Caddy is shown, and nobody's work is lost.
import {Button, Drawer} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {type ReactNode, useEffect, useRef, useState} from 'react';
import {useLocation} from 'wouter';
import {ask, Problem} from '../api/client';
import {queries} from '../api/queries';
import type {DryRun, FieldError, Obj, ObjList, Preview} from '../api/types';
import {at, withField} from '../model/merge';
import {plural} from '../model/words';
import {undo} from './actions';
import {Ago} from './Ago';
import {type Clash, clashOf, Conflict, type Held, isClash, load, underTag} from './conflict';
import dialog from './dialog.module.css';
import {Loading, Note, parts} from './parts';
import {Status} from './Status';
import {follow, reason} from './toast';
import {WillChange} from './WillChange';

const typingPause = 250;

export interface Kind {plural: string; kind: string; page: string; word: string; done: string}
export const kinds = {
  host: {plural: 'hosts', kind: 'Host', page: '/hosts', word: 'host', done: 'is served'},
  group: {plural: 'targetgroups', kind: 'TargetGroup', page: '/target-groups', word: 'target group', done: 'is in force'},
} satisfies Record<string, Kind>;

// Judged as the whole would be: of its fields by the server's validation, of what it refers to by the conditions it would have.
async function judge<Spec>(of: Kind, name: string, spec: Spec): Promise<{errors: FieldError[]; preview: Preview | null; outcome: string}> {
  try {
    const {body} = await ask<DryRun<Spec>>(`/${of.plural}/${name}?dryRun=true`, {method: 'PUT', body: {spec}});
    const accepted = Object.entries(body.caddy.conditions).find(([key]) => key === `${of.kind.toLowerCase()}/${name}`)?.[1];
    const amiss = accepted?.status === 'False' && accepted.reason !== 'Invalid';
    const field = accepted?.reason === 'DomainTaken' ? 'spec.domain' : 'spec.targetGroup';
    return {errors: amiss ? [{path: field, reason: accepted.reason, message: accepted.message, hint: ''}] : [], preview: body.caddy, outcome: body.outcome};
  } catch (failed) {
    if (failed instanceof Problem && failed.errors.length > 0) return {errors: failed.errors, preview: null, outcome: ''};
    throw failed;
  }
}

export interface Draft<Spec> {
  spec: Spec;
  set: (path: string, value: unknown) => void;
  error: (path: string) => ReactNode;
  isNew: boolean;
  looked: (path: string) => boolean;  // it was changed, and the server finds nothing wrong with all of it
}

export function Editor<Spec>({of, name, start, focus, close, children}: {
  of: Kind; name: string | null; start: Spec; focus?: string; close: (saved?: string) => void;
  children: (draft: Draft<Spec>, naming: {name: string; setName: (name: string) => void}) => ReactNode;
}) {
  const held = useQuery<Held<Spec>, Problem>({
    queryKey: ['edit', of.plural, name], queryFn: () => (name ? load<Spec>(of.plural, name) : Promise.resolve({object: null, etag: ''})), gcTime: 0, staleTime: 0,
    refetchOnMount: 'always',
  });
  const object = held.data?.object, changed = object?.status.changed;
  const title = <>{name ? `Edit ${of.word} ${name}` : `Add ${of.word}`}{object && <span className={dialog.sub}>Generation {object.metadata.generation}{changed && <>, changed <Ago at={changed.at} /> by {changed.by || 'an unknown hand'}</>}</span>}</>;
  return (
    <Drawer opened onClose={() => close()} position="right" size={680} title={title} closeButtonProps={{'aria-label': 'Close'}}>
      {held.error ? <Note class="bad" title={held.error.detail}>{held.error.hint}</Note>
       : !held.data || held.isFetching ? <Loading rows={6} />
       : <Form of={of} name={name} held={held.data} start={start} focus={focus} close={close}>{children}</Form>}
    </Drawer>
  );
}

function Form<Spec>({of, name: given, held, start, focus, close, children}: {
  of: Kind; name: string | null; held: Held<Spec>; start: Spec; focus?: string; close: (saved?: string) => void;
  children: (draft: Draft<Spec>, naming: {name: string; setName: (name: string) => void}) => ReactNode;
}) {
  const [base, rebase] = useState(held);
  const key = `draft/${of.plural}/${given ?? ''}`;
  const [spec, change] = useState<Spec>(() => kept<Spec>(key, held.etag) ?? held.object?.spec ?? start);
  const [name, setName] = useState(given ?? '');
  const [judged, tell] = useState<{errors: FieldError[]; preview: Preview | null; outcome: string} | null>(null);
  const [failed, fail] = useState('');
  const [conflict, clash] = useState<Clash<Spec> | null>(null);
  const [showAll, show] = useState(false);
  const [saving, save] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  const [, go] = useLocation();
  const dirty = !given || JSON.stringify(spec) !== JSON.stringify(base.object?.spec);

  useEffect(() => {
    body.current?.querySelector<HTMLElement>(focus ? `[name="${focus}"]` : 'input')?.focus();
  }, [focus]);
  useEffect(() => {
    if (!dirty) {
      sessionStorage.removeItem(key);
      tell(null);
      return;
    }
    sessionStorage.setItem(key, JSON.stringify({etag: base.etag, spec}));
    if (!name) return;
    let over = false;
    const timer = setTimeout(() => {
      judge(of, name, spec).then((said) => { if (!over) { tell(said); fail(''); } }, (why) => { if (!over) fail(reason(why)); });
    }, typingPause);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [key, name, spec, base, dirty, of]);

  const errors = new Map((dirty ? judged?.errors ?? [] : []).map((one) => [one.path, one]));
  const shownError = (path: string) => {
    const found = errors.get(`spec.${path}`) ?? (path === 'name' ? errors.get('metadata.name') : undefined);
    const untouched = !given && !showAll && at(spec, path) === at(start, path);
    return found && !untouched ? [found.message, found.hint].filter(Boolean).join('; ') : undefined;
  };
  const draft: Draft<Spec> = {spec, set: (path, value) => change((now) => withField(now, path, value)), error: shownError, isNew: !given, looked: (path) => judged !== null && errors.size === 0 && at(spec, path) !== at(base.object?.spec ?? start, path)};

  const store = async (what: Spec, etag: string) => {
    save(true);
    show(true);
    try {
      const said = await judge(of, name, what);
      tell(said);
      if (said.errors.length > 0) {
        requestAnimationFrame(() => body.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
        return;
      }
      const stored = await ask<Obj<Spec>>(`/${of.plural}/${name}`, {method: 'PUT', body: {spec: what}, headers: underTag(etag)});
      sessionStorage.removeItem(key);
      close(name);
      void follow(`${name} saved, waiting for Caddy…`, inForce(of, name, stored.body.metadata.generation), ({problem}, seconds) => problem
        ? {class: 'bad', text: `${name}: ${problem}`, action: {text: 'Fix', run: () => go(`${of.page}/${name}?edit`)}}
        : {class: 'ok', text: `${name} ${of.done}, ${seconds}`, action: {text: 'Undo', run: () => void undo(of.kind, name)}});
    } catch (why) {
      if (isClash(why) && given) await compare(what);
      else if (isClash(why)) fail(`${name} exists already. Choose another name, or edit it.`);
      else fail(reason(why));
    } finally {
      save(false);
    }
  };

  const compare = async (mine: Spec) => {
    const found = base.object && await clashOf(of, name, base.object.spec, mine);
    if (!found) return fail(`${name} was deleted meanwhile. Copy what you need, then close this.`);
    clash(found);
    rebase((now) => ({...now, etag: found.etag}));
  };

  const settle = (next: Spec, andStore: boolean) => {
    rebase((now) => ({object: conflict!.theirs, etag: now.etag}));
    change(next);
    clash(null);
    if (andStore) void store(next, base.etag);
  };

  const count = errors.size;
  return (
    <form className={dialog.fill} noValidate onSubmit={(event) => { event.preventDefault(); void store(spec, base.etag); }}>
      <div className={dialog.body} ref={body}>
        {conflict && <Conflict conflict={conflict} settle={settle} />}
        {children(draft, {name, setName})}
        {[...errors.values()].filter((one) => one.path !== 'metadata.name' && at(spec, one.path.replace(/^spec\./, '')) === undefined && /\[|^$|^spec$/.test(one.path))
          .map((one) => <Note key={one.path} class="bad">{one.path.replace(/^spec\./, '')}: {one.message}{one.hint && `; ${one.hint}`}</Note>)}
        {dirty && judged?.preview && count === 0 && <WillChange preview={judged.preview} mine={`${of.kind.toLowerCase()}/${name}`} />}
        {dirty && count > 0 && <p className={parts.muted}>What will change in Caddy is shown here once {count === 1 ? 'the error is' : 'the errors are'} gone. The draft is kept on this device.</p>}
        {failed && <Note class="bad">{failed}</Note>}
      </div>
      <div className={dialog.bar}>
        <span>{showAll && count > 0 ? <Status of="bad">{plural(count, 'field')} to fix</Status> : 'Saved means: read back from Caddy.'}</span>
        <Button onClick={() => close()}>Cancel</Button>
        <Button type="submit" variant="filled" loading={saving} disabled={!dirty} data-key="save">Save and serve</Button>
      </div>
    </form>
  );
}

// A draft that was left counts as long as the object is as it was.
function kept<Spec>(key: string, etag: string): Spec | null {
  const text = sessionStorage.getItem(key);
  const draft = text ? JSON.parse(text) as {etag: string; spec: Spec} : null;
  return draft && draft.etag === etag ? draft.spec : null;
}

// What became of a stored form, by the stream of events: Caddy runs it, or somebody says why not.
export function inForce(of: Kind, name: string, generation: number): Promise<{problem: string}> {
  const verdict = (): {problem: string} | null => {
    const list = queries.getQueryData<ObjList<unknown>>([of.plural]);
    const conditions = list?.items.find((one) => one.metadata.name === name)?.status.conditions ?? [];
    for (const type of ['Accepted', 'Programmed']) {
      const said = conditions.find((one) => one.type === type && one.observedGeneration >= generation);
      if (!said || said.reason === 'Pending') return null;
      if (said.status === 'False') return {problem: said.message || said.reason};
    }
    return {problem: ''};
  };
  return new Promise((resolve) => {
    const end = (found: {problem: string}) => {
      clearTimeout(timer);
      stop();
      resolve(found);
    };
    const look = () => {
      const found = verdict();
      if (found) end(found);
    };
    const timer = setTimeout(() => end({problem: 'stored, but in 10 s nobody said whether Caddy runs it'}), 10_000);
    const stop = queries.getQueryCache().subscribe(look);
    queueMicrotask(look);
  });
}
