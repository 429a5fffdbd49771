// SPDX-License-Identifier: Apache-2.0
// A form of what there is one of: judged by the server as it is typed, saved under the tag it was read with, merged where somebody was first.
import {useQuery} from '@tanstack/react-query';
import {type ReactNode, useEffect, useState} from 'react';
import {ask, Problem} from '../api/client';
import type {Obj} from '../api/types';
import {type Clash, clashOf, Conflict, type Held, isClash, loadIfThere, underTag} from './conflict';
import {fieldError, useTask} from './task';

const typingPause = 250;
const name = 'default';

// As it is now: read anew, with its tag, whenever the list says another generation.
export function useHeld<Spec>(plural: string, generation: number) {
  return useQuery<Held<Spec>, Problem>({
    queryKey: ['form', plural, generation], gcTime: 0, staleTime: 0, placeholderData: (held) => held, queryFn: () => loadIfThere<Spec>(plural, name),
  });
}

export interface Form<Spec> {
  spec: Spec;
  set: (spec: Spec) => void;
  dirty: boolean;
  busy: boolean;
  sound: boolean;
  failed: string;                                  // what no field says
  error: (path: string) => string | undefined;     // "retention.days"
  conflict: ReactNode;
  save: () => void;
}

const generationOf = (held: Held<unknown>) => held.object?.metadata.generation ?? 0;

export function useForm<Spec>(of: {plural: string; kind: string}, held: Held<Spec>, start: Spec, stored: () => void): Form<Spec> {
  const [base, rebase] = useState(held);
  const [spec, set] = useState(held.object?.spec ?? start);
  const [judged, tell] = useState<Problem | null>(null);
  const [clash, meet] = useState<Clash<Spec> | null>(null);
  const {busy, problem, failed, run} = useTask();
  const path = `/${of.plural}/${name}`;
  const dirty = JSON.stringify(spec) !== JSON.stringify(base.object?.spec ?? start);

  useEffect(() => { // nobody typed: follow what is stored
    if (dirty || generationOf(held) <= generationOf(base)) return;
    rebase(held);
    set(held.object?.spec ?? start);
  }, [held, base, dirty, start]);
  useEffect(() => {
    if (!dirty) return tell(null);
    let late = false;
    const timer = setTimeout(() => {
      const refused = (why: unknown) => (why instanceof Problem && why.status >= 400 && why.status < 500 ? why : null); // a server that is busy has judged nothing
      ask(`${path}?dryRun=true`, {method: 'PUT', body: {spec}}).then(() => null, refused).then((said) => { if (!late) tell(said); });
    }, typingPause);
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [spec, dirty, path]);

  const store = (what: Spec, etag: string) => run(async () => {
    try {
      const reply = await ask<Obj<Spec>>(path, {method: 'PUT', body: {spec: what}, headers: underTag(etag)});
      rebase({object: reply.body, etag: reply.etag});
      set(reply.body.spec);
      stored();
    } catch (why) {
      const found = isClash(why) && await clashOf(of, name, base.object?.spec ?? start, what);
      if (!found) throw why;
      meet(found);
    }
  });
  const settle = (next: Spec, andStore: boolean) => {
    const {theirs, etag} = clash!;
    rebase({object: theirs, etag});
    set(next);
    meet(null);
    if (andStore) void store(next, etag);
  };
  const said = judged ?? problem;
  return {
    spec, set, dirty, busy, sound: !judged, failed: said?.errors.length ? '' : judged ? [judged.detail, judged.hint].filter(Boolean).join('. ') : failed,
    error: (field) => fieldError(said, `spec.${field}`),
    conflict: clash && <Conflict conflict={clash} settle={settle} />,
    save: () => void store(spec, base.etag),
  };
}
