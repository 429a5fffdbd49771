// SPDX-License-Identifier: Apache-2.0
// What was found otherwise than wanted, side by side, and what argos does about it.
import {Button, NativeSelect} from '@mantine/core';
import {useState} from 'react';
import {Link} from 'wouter';
import {amend} from '../api/client';
import {queries, useDrift, useMay, useSettings} from '../api/queries';
import type {DriftItem, DriftReport, SettingsSpec} from '../api/types';
import {driftTitle, plural, surfaceWords} from '../model/words';
import {Confirmation, useSuspending} from '../ui/actions';
import {Ago} from '../ui/Ago';
import {Card, Empty, Page, Reading, parts, useTitle} from '../ui/parts';
import {SideBySide} from '../ui/SideBySide';
import {Status} from '../ui/Status';
import {reason, say} from '../ui/toast';
import {settingsDefaults} from '../model/defaults';

export default function Drift() {
  const drift = useDrift();
  return <Reading of={[drift]}>{() => <Found report={drift.data!} />}</Reading>;
}

const plurals: Record<string, string> = {host: '/hosts', targetgroup: '/target-groups', certificate: '/certificates'};
const policyWords: Record<string, string> = {
  caddy: 'Caddy’s running config', manifests: 'Objects of manifests, changed in the database', certificates: 'Certificate files',
};
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
          <div className={`${parts.rows} ${parts.even}`}>{report.suspended.map((one) => (
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
  const [asking, ask] = useState(false);
  return (
    <Card label={driftTitle(item)} flush={false}>
      <h2 className={parts.rowTitle}>{driftTitle(item)}</h2>
      <p className={parts.inline}><Status of={healed ? 'ok' : 'warn'}>{item.open ? (item.action === 'healed' ? 'Healed' : 'Left as found') : item.action === 'healed' ? 'Healed' : 'Over'}</Status>
        <span className={parts.muted}>{surfaceWords[item.surface] ?? item.surface}, <code>{item.path}</code>. First seen <Ago at={item.firstSeen} />, last <Ago at={item.lastSeen} />{item.times > 1 && `, ${plural(item.times, 'time')}`}. {href && <Link href={href}>Show {name}</Link>}</span></p>
      <SideBySide wanted={item.wanted} found={item.found} />
      {item.open && item.action === 'reported' && (
        <div className={parts.form}>
          <p className={parts.muted}>{keeping[item.surface]}</p>
          {may && policyWords[item.surface] && <div><Button variant="filled" onClick={() => ask(true)}>Put back {valueWords(item.wanted)}</Button></div>}
        </div>
      )}
      {asking && <PutBack item={item} close={() => ask(false)} />}
    </Card>
  );
}

// How what was found is made what is wanted: what is wanted lies where it was written, and argos writes into nobody's files.
const keeping: Record<string, string> = {
  manifests: 'To keep what was found, write it into the manifest: that is where this object is wanted.',
  caddy: 'To keep what was found, put it into the host or its target group: Caddy’s config is made of these.',
  certificates: 'To keep what was found, import it as the host’s certificate.',
};

// "6875", or nothing that would not fit on a button.
const valueWords = (value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return typeof value === 'object' || text.length > 24 ? 'what is wanted' : text;
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
