// SPDX-License-Identifier: Apache-2.0
// What was found otherwise than wanted, side by side, and what argos does about it.
import {Button, NativeSelect} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {Link} from 'wouter';
import {amend, post, type Problem} from '../api/client';
import {queries, useDrift, useMay, useSettings, useStatus} from '../api/queries';
import type {DriftItem, DriftReport, DryRun, SettingsSpec} from '../api/types';
import {dateTime, driftTitle, plural, surfaceWords} from '../model/words';
import {Confirmation, undo, useSuspending} from '../ui/actions';
import {Ago} from '../ui/Ago';
import {Card, Empty, Note, Page, Reading, parts, useTitle} from '../ui/parts';
import {SideBySide} from '../ui/SideBySide';
import {Status} from '../ui/Status';
import {reason, say} from '../ui/toast';
import {WillChange} from '../ui/WillChange';
import {settingsDefaults} from '../model/defaults';
import css from './Drift.module.css';

export default function Drift({id}: {id?: string}) {
  const drift = useDrift();
  return <Reading of={[drift]}>{() => <Found report={drift.data!} id={id} />}</Reading>;
}

const plurals: Record<string, string> = {host: '/hosts', targetgroup: '/target-groups', certificate: '/certificates'};
const kinds: Record<string, string> = {host: 'Host', targetgroup: 'TargetGroup', certificate: 'Certificate'};
const kindWords: Record<string, string> = {Host: 'host', TargetGroup: 'target group'};
const policyWords: Record<string, string> = {
  caddy: 'Caddy’s running config', manifests: 'Objects of manifests, changed in the database', certificates: 'Certificate files',
};
const day = 86_400_000;

function Found({report, id}: {report: DriftReport; id?: string}) {
  const may = useMay('change');
  const suspending = useSuspending();
  const [all, show] = useState(false);
  const compared = useStatus().data?.controllers.find((one) => one.name === 'caddy')?.lastReconcile;
  const recent = report.items.filter((one) => !one.open && Date.now() - Date.parse(one.lastSeen) < day);
  const older = report.items.filter((one) => !one.open && !recent.includes(one));
  useTitle('Drift', report.open ? `${report.open} open` : '');
  const open = report.items.filter((one) => one.open);
  const one = id === undefined ? undefined : report.items.find((item) => String(item.id) === id);
  const item = (item: DriftItem) => <Item key={item.id} item={item} others={open.length - 1} may={may} suspend={suspending.ask} />;
  if (id !== undefined) return (
    <Page title="Drift" back={{href: '/drift', text: 'Drift', here: one?.object ?? `difference ${id}`}}>
      {one ? item(one) : <div className={parts.card}><Empty title={`There is no difference ${id}`} action={<Link href="/drift">All differences</Link>}>It may be over: they are kept for 30 days.</Empty></div>}
      {suspending.dialog}
    </Page>
  );
  return (
    <Page title="Drift" actions={may && <Button onClick={() => suspending.ask()}>Suspend…</Button>}
      summary={<>{report.open === 0 ? 'No difference is' : report.open === 1 ? '1 difference is' : `${report.open} differences are`} open{recent.length > 0 && `, ${recent.length} put right in the last 24 hours`}. {compared && <>Caddy was compared <Ago at={compared} />.</>}</>}>
      {open.concat(recent).map(item)}
      {report.open === 0 && recent.length === 0 && <div className={parts.card}><Empty title="Everything is as wanted">What somebody changes in Caddy, in the database or in the certificate files shows up here.</Empty></div>}
      {older.length > 0 && <p><button type="button" className={parts.link} aria-expanded={all} onClick={() => show(!all)}>{all ? 'Hide older ones' : `History: ${older.length} older`}</button></p>}
      {all && older.map(item)}
      {report.suspended.length > 0 && (
        <Card title="Suspended">
          <div className={`${parts.rows} ${parts.even}`}>{report.suspended.map((one) => (
            <div key={one.object}><Status of="paused">{one.object}</Status><span className={parts.rowText}>by {one.by}, <Ago at={one.since} />, until {one.until ? dateTime(one.until) : 'somebody resumes it'}{one.note && `: ${one.note}`}</span>{may && <Button size="xs" onClick={() => void suspending.resume(one.kind, one.name)}>Resume {one.name}</Button>}</div>
          ))}</div>
        </Card>
      )}
      <Policy report={report} may={may} />
      {suspending.dialog}
    </Page>
  );
}

function Item({item, others, may, suspend}: {item: DriftItem; others: number; may: boolean; suspend: (kind: string, name: string) => void}) {
  const [table, name] = (item.object ?? '').split('/');
  const href = table && name && plurals[table] ? `${plurals[table]}/${name}` : undefined;
  const healed = !item.open || item.action === 'healed';
  const [asking, ask] = useState<'' | 'heal' | 'keep'>('');
  const left = item.open && item.action !== 'healed';
  const end = () => ask('');
  return (
    <Card label={driftTitle(item)} flush={false}>
      <h2 className={parts.rowTitle}><Link href={`/drift/${item.id}`} className={css.title}>{driftTitle(item)}</Link></h2>
      <p className={parts.inline}><Status of={healed ? 'ok' : item.action === 'suspended' ? 'paused' : 'warn'}>{!item.open ? (item.action === 'healed' ? 'Healed' : 'Over') : item.action === 'healed' ? 'Healed' : item.action === 'suspended' ? 'Suspended' : 'Left as found'}</Status>
        <span className={`${parts.muted} ${css.where}`}>{surfaceWords[item.surface] ?? item.surface}, <code>{item.path}</code>. First seen <Ago at={item.firstSeen} />, last <Ago at={item.lastSeen} />{item.times > 1 && `, ${plural(item.times, 'time')}`}.</span>
        {href && <Link href={href}>Show {name}</Link>}</p>
      <SideBySide wanted={item.wanted} found={item.found} />
      {left && may && (
        <div className={css.actions}>
          {item.action === 'reported' && policyWords[item.surface] && <Button variant="filled" onClick={() => ask('heal')}>Put back {valueWords(item.keep ? item.keep.wanted : item.wanted, 'what is wanted')}</Button>}
          {item.keep && <Button onClick={() => ask('keep')}>{item.keep.field === 'enabled' ? `Keep ${item.keep.name} switched off` : `Keep ${valueWords(item.keep.found, 'what was found')} as wanted`}</Button>}
          {item.action === 'reported' && href && <Button onClick={() => suspend(kinds[table!]!, name!)}>Suspend {name}…</Button>}
          {item.keep && <code className={css.field}>{item.keep.field} of {item.keep.name}</code>}
        </div>
      )}
      {left && item.notKept && <p className={parts.muted}>It cannot be kept from here: {item.notKept.message}{item.notKept.hint && `; ${item.notKept.hint}`}.</p>}
      {asking === 'heal' && <PutBack item={item} close={end} />}
      {asking === 'keep' && <Keep item={item} others={others} close={end} />}
    </Card>
  );
}

// What was found is written into the object, as an edit of it would: what that changes is shown before.
function Keep({item, others, close}: {item: DriftItem; others: number; close: () => void}) {
  const {kind, name, field, wanted, found} = item.keep!;
  const {data: trial, error} = useQuery<DryRun, Problem>({queryKey: ['keep', item.id], gcTime: 0, retry: false, queryFn: () => post<DryRun>(`/drift/${item.id}/keep?dryRun=true`)});
  const run = async () => {
    await post(`/drift/${item.id}/keep`);
    say('ok', `${name}: ${field} is wanted as it was found`, {text: 'Undo', run: () => void undo(kind, name)});
    void queries.invalidateQueries({queryKey: ['drift']});
  };
  return (
    <Confirmation title={field === 'enabled' ? `Keep ${name} switched off?` : `Keep ${valueWords(found, 'what was found')} as wanted?`} sub="Nothing has changed yet." verb="Keep it" close={close} run={run}>
      <p><code>{field}</code> of {kindWords[kind]} {name} becomes <code>{valueWords(found, 'what was found')}</code>; so far <code>{valueWords(wanted, 'something else')}</code> is wanted.</p>
      {item.action === 'reported' && others > 0 && <Note class="warn">{others === 1 ? 'The other open difference is' : `The other ${others} open differences are`} put back with it, as with any change.</Note>}
      {error && <Note class="bad">{error.detail}</Note>}
      {trial && <WillChange preview={trial.caddy} />}
    </Confirmation>
  );
}

// "6875", or words for what would not fit on a button.
const valueWords = (value: unknown, otherwise: string) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return typeof value === 'object' || text.length > 24 ? otherwise : text;
};

const setPolicy = (surface: string, value: string) => amend<SettingsSpec>('/settings/default', (spec) => ({...spec, drift: {...spec.drift, [surface]: value}}), settingsDefaults);
const policyMoved = () => { for (const key of ['settings', 'drift']) void queries.invalidateQueries({queryKey: [key]}); };

// The policy is what leaves it as it was found: healing is another policy.
function PutBack({item, close}: {item: DriftItem; close: () => void}) {
  const settings = useSettings().data?.items[0];
  const fixed = settings?.metadata.managedBy === 'manifest';
  const word = policyWords[item.surface]!;
  const run = async () => {
    await setPolicy(item.surface, 'heal');
    say('ok', `${word}: differences are healed at once from now on`);
    policyMoved();
  };
  return fixed ? (
    <Confirmation title="Put back what is wanted?" verb="Close" close={close} run={() => Promise.resolve()}>
      <p>It is left as found because <code>settings.drift.{item.surface}</code> is <code>report</code>, which comes from <code>{settings.metadata.owner}</code>. Set it to <code>heal</code> there, or change the object.</p>
    </Confirmation>
  ) : (
    <Confirmation title="Put back what is wanted?" verb="Heal from now on" close={close} run={run}>
      <p>It is left as found because that is the policy for “{word}”. Healing becomes the policy: this and every other open difference there is put right at once, and later ones too.</p>
    </Confirmation>
  );
}

function Policy({report, may}: {report: DriftReport; may: boolean}) {
  const settings = useSettings().data?.items[0];
  const mine = may && settings?.metadata.managedBy !== 'manifest';
  const change = async (surface: string, value: string) => {
    try {
      await setPolicy(surface, value);
      say('ok', 'The policy is in force');
      policyMoved();
    } catch (failed) {
      say('bad', reason(failed));
    }
  };
  return (
    <Card title="What argos does about a difference">
      <div className={`${parts.rows} ${parts.even}`}>{Object.entries(policyWords).map(([surface, name]) => (
        <div key={surface}><span className={parts.rowText}><span className={parts.rowTitle}>{name}</span></span>
          {mine ? <NativeSelect aria-label={name} value={report.policy[surface]} onChange={(event) => void change(surface, event.currentTarget.value)} data={[{value: 'heal', label: 'Heal at once'}, {value: 'report', label: 'Report, leave as found'}]} />
            : report.policy[surface] === 'heal' ? 'Heal at once' : 'Report, leave as found'}</div>
      ))}</div>
    </Card>
  );
}
