// SPDX-License-Identifier: Apache-2.0
// Two people changed one object: what is there now, what each touched, and both together where they did not touch the same fields.
import {Button} from '@mantine/core';
import {useState} from 'react';
import {ask, Problem} from '../api/client';
import type {Obj, Revision} from '../api/types';
import {at, merge, type Merge, withField} from '../model/merge';
import {Note} from './parts';

// An object as it was read, and the tag that a change of it is sent with. Nothing where there is none.
export interface Held<Spec> {object: Obj<Spec> | null; etag: string}

export async function load<Spec>(plural: string, name: string): Promise<Held<Spec>> {
  const reply = await ask<Obj<Spec>>(`/${plural}/${name}`);
  return {object: reply.body, etag: reply.etag};
}
export const loadIfThere = <Spec,>(plural: string, name: string): Promise<Held<Spec>> => load<Spec>(plural, name).catch((why) => {
  if (why instanceof Problem && why.status === 404) return {object: null, etag: ''};
  throw why;
});

// The tag under which a change is sent: of what was read, or only where there is nothing yet.
export const underTag = (etag: string): Record<string, string> => (etag ? {'If-Match': etag} : {'If-None-Match': '*'});

export const isClash = (why: unknown): why is Problem => why instanceof Problem && why.status === 412;

export interface Clash<Spec> {theirs: Obj<Spec>; etag: string; by: string; merge: Merge<Spec>}

// What somebody else made of `base` meanwhile, beside what is mine; none where it is gone.
export async function clashOf<Spec>(of: {plural: string; kind: string}, name: string, base: Spec, mine: Spec): Promise<Clash<Spec> | null> {
  const {object: theirs, etag} = await loadIfThere<Spec>(of.plural, name);
  if (!theirs) return null;
  const last = await ask<{items: Revision[]}>(`/history?kind=${of.kind}&name=${name}&limit=1`).catch(() => null);
  return {theirs, etag, by: last?.body.items[0]?.actor || 'Somebody', merge: merge(base, mine, theirs.spec)};
}

const wordOf = (value: unknown) => value === undefined || value === '' || value === null ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);

// `settle`: go on with that draft, and store it where nothing is left to decide.
export function Conflict<Spec>({conflict, settle}: {conflict: Clash<Spec>; settle: (spec: Spec, andStore: boolean) => void}) {
  const {theirs, by, merge: found} = conflict;
  const [mineOf, choose] = useState<string[]>([]);
  const chosen = found.both.reduce((spec, path) => (mineOf.includes(path) ? spec : withField(spec, path, at(theirs.spec, path))), found.merged);
  return (
    <Note class="warn" title={`${by} saved generation ${theirs.metadata.generation} while you were editing`} actions={
      <>
        <Button variant="filled" onClick={() => settle(chosen, found.both.length === 0)}>{found.both.length === 0 ? 'Save both' : 'Go on with these'}</Button>
        <Button onClick={() => settle(theirs.spec, false)}>Drop mine</Button>
      </>
    }>
      <p>{by} changed {found.theirs.join(', ') || 'nothing'}, you changed {found.mine.join(', ') || 'nothing'}. {found.both.length === 0 && 'The two do not touch.'}</p>
      {found.both.map((path) => (
        <fieldset key={path}>
          <legend>{path}</legend>
          <label><input type="radio" name={path} checked={!mineOf.includes(path)} onChange={() => choose(mineOf.filter((one) => one !== path))} /> theirs: {wordOf(at(theirs.spec, path))}</label><br />
          <label><input type="radio" name={path} checked={mineOf.includes(path)} onChange={() => choose([...mineOf, path])} /> yours: {wordOf(at(found.merged, path))}</label>
        </fieldset>
      ))}
    </Note>
  );
}
