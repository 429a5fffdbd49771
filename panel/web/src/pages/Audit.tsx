// SPDX-License-Identifier: Apache-2.0
// Who did what, when and from where: the audit log, and the changes of desired state, which are in the history. Filters live in the URL.
import {Button, TextInput} from '@mantine/core';
import {Fragment, useState} from 'react';
import {useSearchParams} from 'wouter';
import {get} from '../api/client';
import {useAudit, useChanges, useMay} from '../api/queries';
import type {AuditEntry, Revision} from '../api/types';
import {absolute, clientWords, dateTime} from '../model/words';
import {Diff, unified} from '../ui/Diff';
import {Empty, Page, Reading, parts, useTitle} from '../ui/parts';
import {say, reason} from '../ui/toast';

const page = 100, most = 500;
const fields = ['actor', 'action', 'kind', 'name'] as const;
const labels = {actor: 'Who', action: 'What', kind: 'Kind', name: 'Name'};
const withHistory = ['host', 'targetgroup', 'certificate', 'settings', 'backuppolicy', 'controller'];

type Filters = Partial<Record<typeof fields[number], string>>;
interface Entry {key: string; at: string; actor: string; what: string; kind: string; name: string; origin: string; detail?: unknown; moved?: {before: unknown; after: unknown}}
interface Lists {audit: AuditEntry[]; changes: Revision[]}

const auditQuery = (wanted: Filters, limit: number) => new URLSearchParams({...wanted, limit: String(limit)}).toString();
// A name alone may be of any kind: it is looked for among what is answered.
const changesQuery = ({actor, action, kind, name}: Filters, limit: number) =>
  new URLSearchParams({...(actor && {actor}), ...(action && {what: action}), ...(kind && {kind}), ...(kind && name && {name}), limit: String(limit)}).toString();
const hasHistory = ({kind}: Filters) => !kind || withHistory.includes(kind.toLowerCase());

export default function Audit() {
  useTitle('Audit');
  const administers = useMay('administer');
  const [params, setParams] = useSearchParams();
  const wanted: Filters = Object.fromEntries(fields.filter((one) => params.get(one)).map((one) => [one, params.get(one)!]));
  const [draft, type] = useState<Filters>(wanted);
  if (!administers) return <Page title="Audit"><div className={parts.card}><Empty title="The audit log is an admin’s">Your role reads everything else.</Empty></div></Page>;
  return (
    <Page title="Audit" actions={<Button onClick={() => void save(wanted)}>Export</Button>}>
      <form className={`${parts.toolbar} ${parts.filters}`} onSubmit={(event) => { event.preventDefault(); setParams(Object.fromEntries(Object.entries(draft).filter(([, value]) => value))); }}>
        {fields.map((one) => <TextInput key={one} aria-label={labels[one]} placeholder={labels[one]} value={draft[one] ?? ''} onChange={(event) => { const {value} = event.currentTarget; type((held) => ({...held, [one]: value})); }} />)}
        <Button type="submit">Filter</Button>
        {Object.keys(wanted).length > 0 && <Button onClick={() => { type({}); setParams({}); }}>Clear</Button>}
      </form>
      <Entries key={JSON.stringify(wanted)} wanted={wanted} />
    </Page>
  );
}

async function read(wanted: Filters, limit: number, before: {audit?: number; changes?: number} = {}): Promise<Lists> {
  const more = (of: number | undefined) => (of === undefined ? '' : `&before=${of}`);
  const [audit, changes] = await Promise.all([
    get<{items: AuditEntry[]}>(`/audit?${auditQuery(wanted, limit)}${more(before.audit)}`),
    hasHistory(wanted) ? get<{items: Revision[]}>(`/history?${changesQuery(wanted, limit)}${more(before.changes)}`) : {items: []},
  ]);
  return {audit: audit.items, changes: changes.items};
}

async function save(wanted: Filters) {
  try {
    const {audit, changes} = await read(wanted, most);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([JSON.stringify({audit, changes}, null, 2)], {type: 'application/json'}));
    link.download = 'audit.json';
    link.click();
    URL.revokeObjectURL(link.href);
  } catch (failed) {
    say('bad', reason(failed));
  }
}

const ofAudit = (one: AuditEntry): Entry => ({key: `a${one.id}`, at: one.at, actor: one.actor, what: spaced(one.action), kind: one.kind, name: one.name, origin: one.origin, detail: one.detail});
const ofChange = (one: Revision): Entry => ({key: `r${one.revision}`, at: one.at, actor: one.actor, what: one.what, kind: one.kind, name: one.name, origin: one.origin,
  detail: one.fields.length ? one.fields.map((field) => field.replace(/^spec\./, '')).join(', ') : undefined, moved: one.before || one.after ? one : undefined});

// Both lists, newest first, as far back as both are known.
function together(held: Lists, ended: {audit: boolean; changes: boolean}, wanted: Filters): Entry[] {
  const back = [ended.audit ? '' : held.audit.at(-1)!.at, ended.changes ? '' : held.changes.at(-1)!.at].sort().at(-1)!;
  return [...held.audit.map(ofAudit), ...held.changes.map(ofChange)].filter((one) => one.at >= back && (!wanted.name || one.name === wanted.name))
    .sort((a, b) => b.at.localeCompare(a.at) || b.key.localeCompare(a.key));
}

function Entries({wanted}: {wanted: Filters}) {
  const history = hasHistory(wanted);
  const audit = useAudit(auditQuery(wanted, page)), changes = useChanges(changesQuery(wanted, page), history);
  const [older, add] = useState({audit: [] as AuditEntry[], changes: [] as Revision[], ended: {audit: false, changes: false}});
  const [shown, show] = useState('');
  return (
    <Reading of={history ? [audit, changes] : [audit]}>{() => {
      const held = {audit: [...audit.data!.items, ...older.audit], changes: [...(history ? changes.data!.items : []), ...older.changes]};
      const ended = {audit: older.ended.audit || audit.data!.items.length < page, changes: older.ended.changes || !history || changes.data!.items.length < page};
      const all = together(held, ended, wanted);
      const more = async () => {
        try {
          const next = await read(wanted, page, {audit: held.audit.at(-1)?.id, changes: held.changes.at(-1)?.revision});
          add((before) => ({
            audit: ended.audit ? before.audit : [...before.audit, ...next.audit], changes: ended.changes ? before.changes : [...before.changes, ...next.changes],
            ended: {audit: next.audit.length < page, changes: next.changes.length < page},
          }));
        } catch (failed) {
          say('bad', reason(failed));
        }
      };
      if (all.length === 0 && ended.audit && ended.changes) return <div className={parts.card}><Empty title="Nothing like that is on record" /></div>;
      return (
        <>
          <div className={`${parts.card} ${parts.scroll}`} tabIndex={0}>
            <table className={`${parts.table} ${parts.phone}`}>
              <thead><tr><th>When</th><th>Who</th><th>What</th><th>Of what</th><th>From where</th><th>More</th></tr></thead>
              <tbody>{all.map((one) => (
                <Fragment key={one.key}>
                  <tr>
                    <td data-phone="side" className={parts.nowrap} title={absolute(one.at)}>{dateTime(one.at)}</td><td data-phone="main" className={parts.main}>{one.actor || 'unknown'}</td><td>{one.what}</td>
                    <td>{spaced(one.kind)} <b className={parts.anywhere}>{one.name}</b></td><td data-phone="hide">{one.origin}</td>
                    <td data-phone="wide" className={parts.small}>{words(one.detail)} {one.moved && <button type="button" className={parts.link} aria-expanded={shown === one.key} aria-label={`Before and after: ${one.what} ${spaced(one.kind)} ${one.name}`} onClick={() => show(shown === one.key ? '' : one.key)}>{shown === one.key ? 'Hide' : 'Before and after'}</button>}</td>
                  </tr>
                  {shown === one.key && <tr><td colSpan={6} data-phone="wide" className={parts.unfolded}><Diff text={unified(specOf(one.moved!.before), specOf(one.moved!.after))} label={`${one.name} before and after`} /></td></tr>}
                </Fragment>
              ))}</tbody>
            </table>
          </div>
          {(!ended.audit || !ended.changes) && <p><Button onClick={() => void more()}>Older entries</Button></p>}
        </>
      );
    }}</Reading>
  );
}

const specOf = (object: unknown) => (object as {spec?: unknown} | null)?.spec ?? null;

// "BackupTaken" -> "backup taken"
const spaced = (name: string) => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

const dates = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

function words(detail: unknown): string {
  if (detail === null || detail === undefined) return '';
  const short = (value: unknown) => (typeof value === 'string' && dates.test(value) ? dateTime(value) : typeof value === 'object' ? JSON.stringify(value) : String(value)).replace(/\b([0-9a-f]{12})[0-9a-f]{20,}\b/g, '$1…');
  return typeof detail === 'object' ? Object.entries(detail).map(([key, value]) => `${spaced(key)}: ${key === 'client' ? clientWords(String(value)) : short(value)}`).join(', ') : short(detail);
}
