// SPDX-License-Identifier: Apache-2.0
// The changes of one object, newest first. Undo shows what it would change before it does; it is a change like any other.
import {Button} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {post, type Problem} from '../api/client';
import {useHistory, useMay} from '../api/queries';
import type {Revision} from '../api/types';
import {Confirmation} from './actions';
import {Ago} from './Ago';
import {Diff, unified} from './Diff';
import {Card, parts} from './parts';
import {say} from './toast';

export function History({kind, name}: {kind: string; name: string}) {
  const {data} = useHistory(kind, name);
  const may = useMay('change');
  const [to, undo] = useState<Revision | null>(null);
  const items = data?.items ?? [];
  return (
    <Card title="History" side={items.length === 20 ? 'the last 20' : undefined}>
      <div className={parts.rows}>
        {items.map((one, at) => (
          <div key={one.revision}>
            <div className={parts.rowText}>
              <p className={parts.rowTitle}>{one.fields.length ? one.fields.map((field) => field.replace(/^spec\./, '')).join(', ') : one.what}</p>
              <p>{one.actor || 'an unknown hand'}{one.origin && ` in ${one.origin}`}, <Ago at={one.at} /></p>
              {movedWords(one) && <p><code>{movedWords(one)}</code></p>}
            </div>
            {may && at > 0 && <Button size="xs" onClick={() => undo(one)}>Undo to here</Button>}
          </div>
        ))}
        {items.length === 0 && <p className={parts.muted}>No change of it is on record.</p>}
      </div>
      {to && <Undo kind={kind} name={name} to={to.revision} close={() => undo(null)} />}
    </Card>
  );
}

// "/health → /healthz", where one field with a short value changed.
function movedWords({fields: [field, ...others], before, after}: Revision): string {
  const held = (from: unknown) => field!.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], from);
  const plain = (value: unknown) => (['string', 'number', 'boolean'].includes(typeof value) && String(value).length <= 60 ? String(value) || 'nothing' : null);
  if (!field || others.length > 0) return '';
  const [from, to] = [plain(held(before)), plain(held(after))];
  return from !== null && to !== null ? `${from} → ${to}` : '';
}

// To a revision, or without one to before the last change.
export function Undo({kind, name, to, close}: {kind: string; name: string; to?: number; close: () => void}) {
  const {data, error} = useQuery<{before: unknown; after: unknown; message: string}, Problem>({
    queryKey: ['undo', kind, name, to], gcTime: 0, queryFn: () => post('/undo', {kind, name, to, dryRun: true}),
  });
  const run = async () => {
    await post('/undo', {kind, name, to});
    say('ok', `${name} is as it was ${to === undefined ? 'before' : `at ${to}`}`);
  };
  return (
    <Confirmation title={to === undefined ? `Undo the last change of ${name}?` : `Bring ${name} back to ${to}?`} sub="Nothing has changed yet. This makes a new revision." verb={to === undefined ? 'Undo the change' : 'Undo to here'} close={close} run={run}>
      {error && <p role="alert">{error.detail} {error.hint}</p>}
      {data && <Diff text={unified(data.before, data.after)} label="What would change" />}
      {data && JSON.stringify(data.before) === JSON.stringify(data.after) && <p className={parts.muted}>Nothing: it is as it was then.</p>}
    </Confirmation>
  );
}
