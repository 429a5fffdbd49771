// SPDX-License-Identifier: Apache-2.0
// Who did what, when and from where. Filters live in the URL.
import {Button, TextInput} from '@mantine/core';
import {useState} from 'react';
import {useSearchParams} from 'wouter';
import {get} from '../api/client';
import {useAudit, useMay} from '../api/queries';
import type {AuditEntry} from '../api/types';
import {absolute, clientWords, dateTime} from '../model/words';
import {Empty, Page, Reading, parts, useTitle} from '../ui/parts';
import {say, reason} from '../ui/toast';

const page = 100;
const fields = ['actor', 'action', 'kind', 'name'] as const;
const labels = {actor: 'Who', action: 'What', kind: 'Kind', name: 'Name'};

export default function Audit() {
  useTitle('Audit');
  const administers = useMay('administer');
  const [params, setParams] = useSearchParams();
  const [draft, type] = useState<Record<string, string>>(Object.fromEntries(fields.map((one) => [one, params.get(one) ?? ''])));
  const query = new URLSearchParams([...fields.filter((one) => params.get(one)).map((one) => [one, params.get(one)!] as [string, string]), ['limit', String(page)]]);
  if (!administers) return <Page title="Audit"><div className={parts.card}><Empty title="The audit log is an admin’s">Your role reads everything else.</Empty></div></Page>;
  return (
    <Page title="Audit" actions={<Button component="a" href={`/api/v1/audit?${new URLSearchParams({...Object.fromEntries(query), limit: '500'})}`} download="audit.json">Export</Button>}>
      <form className={`${parts.toolbar} ${parts.filters}`} onSubmit={(event) => { event.preventDefault(); setParams(Object.fromEntries(Object.entries(draft).filter(([, value]) => value))); }}>
        {fields.map((one) => <TextInput key={one} aria-label={labels[one]} placeholder={labels[one]} value={draft[one]} onChange={(event) => { const {value} = event.currentTarget; type((held) => ({...held, [one]: value})); }} />)}
        <Button type="submit">Filter</Button>
        {query.size > 1 && <Button onClick={() => { type({}); setParams({}); }}>Clear</Button>}
      </form>
      <Entries key={query.toString()} query={query.toString()} />
    </Page>
  );
}

function Entries({query}: {query: string}) {
  const first = useAudit(query);
  const [older, add] = useState<AuditEntry[]>([]);
  const [ended, end] = useState(false);
  const more = async (last: number) => {
    try {
      const {items} = await get<{items: AuditEntry[]}>(`/audit?${query}&before=${last}`);
      add((held) => [...held, ...items]);
      end(items.length < page);
    } catch (failed) {
      say('bad', reason(failed));
    }
  };
  return (
    <Reading of={[first]}>{() => {
      const all = [...first.data!.items, ...older];
      if (all.length === 0) return <div className={parts.card}><Empty title="Nothing like that is on record" /></div>;
      return (
        <>
          <div className={`${parts.card} ${parts.scroll}`} tabIndex={0}>
            <table className={`${parts.table} ${parts.phone}`}>
              <thead><tr><th>When</th><th>Who</th><th>What</th><th>Of what</th><th>From where</th><th>More</th></tr></thead>
              <tbody>{all.map((one) => (
                <tr key={one.id}>
                  <td data-phone="side" className={parts.nowrap} title={absolute(one.at)}>{dateTime(one.at)}</td><td data-phone="main" className={parts.main}>{one.actor || 'unknown'}</td><td title={one.action}>{spaced(one.action)}</td>
                  <td>{spaced(one.kind)} <b className={parts.anywhere}>{one.name}</b></td><td data-phone="hide">{one.origin}</td><td data-phone="wide" className={parts.small}>{words(one.detail)}</td>
                </tr>
              ))}</tbody>
            </table>
          </div>
          {!ended && first.data!.items.length === page && <p><Button onClick={() => void more(all.at(-1)!.id)}>Older entries</Button></p>}
        </>
      );
    }}</Reading>
  );
}

// "BackupTaken" -> "backup taken"
const spaced = (name: string) => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

const dates = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

function words(detail: unknown): string {
  if (detail === null || detail === undefined) return '';
  const short = (value: unknown) => (typeof value === 'string' && dates.test(value) ? dateTime(value) : typeof value === 'object' ? JSON.stringify(value) : String(value)).replace(/\b([0-9a-f]{12})[0-9a-f]{20,}\b/g, '$1…');
  return typeof detail === 'object' ? Object.entries(detail).map(([key, value]) => `${spaced(key)}: ${key === 'client' ? clientWords(String(value)) : short(value)}`).join(', ') : short(detail);
}
