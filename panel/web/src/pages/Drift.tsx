// SPDX-License-Identifier: Apache-2.0
// What was found otherwise than wanted, side by side, and what argos does about it.
import {Button, NativeSelect} from '@mantine/core';
import {useState} from 'react';
import {Link} from 'wouter';
import {ask, get} from '../api/client';
import {queries, useDrift, useMay, useSettings} from '../api/queries';
import type {DriftItem, DriftReport, Obj} from '../api/types';
import {plural} from '../model/words';
import {useSuspending} from '../ui/actions';
import {Ago} from '../ui/Ago';
import {Card, Empty, Page, Reading, parts, useTitle} from '../ui/parts';
import {SideBySide} from '../ui/SideBySide';
import {Status} from '../ui/Status';
import {reason, say} from '../ui/toast';

export default function Drift() {
  const drift = useDrift();
  return <Reading of={[drift]}>{() => <Found report={drift.data!} />}</Reading>;
}

const plurals: Record<string, string> = {host: '/hosts', targetgroup: '/target-groups', certificate: '/certificates'};
const surfaces: Record<string, string> = {caddy: 'Caddy’s running config', manifests: 'Objects of manifests', certificates: 'Certificate files'};
const policies: [string, string][] = [
  ['caddy', 'Caddy’s running config'], ['manifests', 'Objects of manifests, changed in the database'], ['certificates', 'Certificate files'],
];
const day = 86_400_000;

function Found({report}: {report: DriftReport}) {
  const may = useMay('change');
  const suspending = useSuspending();
  const [all, show] = useState(false);
  const recent = report.items.filter((one) => !one.open && Date.now() - Date.parse(one.lastSeen) < day);
  const older = report.items.filter((one) => !one.open && !recent.includes(one));
  useTitle('Drift', report.open ? `${report.open} open` : '');
  return (
    <Page title="Drift" summary={`${report.open === 0 ? 'No difference is' : report.open === 1 ? '1 difference is' : `${report.open} differences are`} open${recent.length ? `, ${recent.length} put right in the last 24 hours` : ''}.`}>
      {report.items.filter((one) => one.open).concat(recent).map((item, at) => <Item key={`${item.surface}${item.path}${at}`} item={item} may={may} />)}
      {report.open === 0 && recent.length === 0 && <div className={parts.card}><Empty title="Everything is as wanted">What somebody changes in Caddy, in the database or in the certificate files shows up here.</Empty></div>}
      {older.length > 0 && <p><button type="button" className={parts.link} aria-expanded={all} onClick={() => show(!all)}>{all ? 'Hide older ones' : `History: ${older.length} older`}</button></p>}
      {all && older.map((item, at) => <Item key={at} item={item} may={false} />)}
      {report.suspended.length > 0 && (
        <Card title="Suspended">
          <div className={parts.rows}>{report.suspended.map((one) => (
            <div key={one.object}><Status of="paused">{one.object}</Status><span className={parts.rowText}>by {one.by}, <Ago at={one.since} />{one.note && `: ${one.note}`}</span>{may && <Button size="xs" onClick={() => void suspending.resume(one.kind, one.name)}>Resume {one.name}</Button>}</div>
          ))}</div>
        </Card>
      )}
      <Policy report={report} may={may} />
      {suspending.dialog}
    </Page>
  );
}

function Item({item, may}: {item: DriftItem; may: boolean}) {
  const [kind, name] = (item.object ?? '').split('/');
  const href = kind && name && plurals[kind] ? `${plurals[kind]}/${name}` : undefined;
  const healed = !item.open || item.action === 'healed';
  return (
    <Card label={`${item.object ?? item.surface} was changed outside argos`} flush={false}>
      <h2 className={parts.rowTitle}>{item.object ?? surfaces[item.surface] ?? item.surface} was changed outside argos</h2>
      <p className={parts.inline}><Status of={healed ? 'ok' : 'warn'}>{item.open ? (item.action === 'healed' ? 'Healed' : 'Left as found') : item.action === 'healed' ? 'Healed' : 'Over'}</Status>
        <span className={parts.muted}>{surfaces[item.surface] ?? item.surface}, <code>{item.path}</code>. First seen <Ago at={item.firstSeen} />, last <Ago at={item.lastSeen} />{item.times > 1 && `, ${plural(item.times, 'time')}`}. {href && <Link href={href}>Show {name}</Link>}</span></p>
      <SideBySide wanted={item.wanted} found={item.found} />
      {may && item.open && href && kind !== 'certificate' && <p className={parts.inline}><Button variant="filled" onClick={() => void putBack(kind!, name!)}>Put back what is wanted</Button></p>}
    </Card>
  );
}

// What is wanted is written once more: that is a wish, and a wish is put into force.
async function putBack(kind: string, name: string) {
  const plural = kind === 'host' ? 'hosts' : 'targetgroups';
  try {
    const held = await get<Obj<unknown>>(`/${plural}/${name}`);
    await ask(`/${plural}/${name}`, {method: 'PUT', body: {spec: held.spec}});
    say('ok', `${name} is put back`);
    void queries.invalidateQueries({queryKey: ['drift']});
  } catch (failed) {
    say('bad', reason(failed));
  }
}

function Policy({report, may}: {report: DriftReport; may: boolean}) {
  const settings = useSettings().data?.items[0];
  const mine = may && settings?.metadata.managedBy !== 'manifest';
  const change = async (surface: string, value: string) => {
    try {
      const spec = settings?.spec;
      await ask('/settings/default', {method: 'PUT', body: {spec: {...spec, drift: {...(spec?.drift ?? report.policy), [surface]: value}}}});
      say('ok', 'The policy is in force');
      for (const key of ['settings', 'drift']) void queries.invalidateQueries({queryKey: [key]});
    } catch (failed) {
      say('bad', reason(failed));
    }
  };
  return (
    <Card title="What argos does about a difference">
      <div className={parts.rows}>{policies.map(([surface, name]) => (
        <div key={surface}><span className={parts.rowText}><span className={parts.rowTitle}>{name}</span></span>
          {mine ? <NativeSelect aria-label={name} value={report.policy[surface]} onChange={(event) => void change(surface, event.currentTarget.value)} data={[{value: 'heal', label: 'Heal at once'}, {value: 'report', label: 'Report, leave as found'}]} />
            : report.policy[surface] === 'heal' ? 'Heal at once' : 'Report, leave as found'}</div>
      ))}</div>
    </Card>
  );
}
