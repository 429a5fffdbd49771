// SPDX-License-Identifier: Apache-2.0
// Archives: can each be restored, what is kept and why, and one made now.
import {Button, Menu, Modal, NativeSelect, Switch, TextInput} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {useEffect, useRef, useState} from 'react';
import {Link, useLocation, useSearchParams} from 'wouter';
import {ask, post, type Problem, problemOf} from '../api/client';
import {queries, useBackupPolicies, useBackups, useMay} from '../api/queries';
import type {Backup, BackupPolicySpec, BackupReport, VerbRequest} from '../api/types';
import {policyDefaults} from '../model/defaults';
import {ofBackup} from '../model/status';
import {bytes, clockUtc, dateTime, fullDate, plural, whenWords} from '../model/words';
import {useBelieved} from '../shell/fresh';
import {Confirmation} from '../ui/actions';
import {Ago} from '../ui/Ago';
import {useBackupNow} from '../ui/backup';
import {Conditions} from '../ui/Conditions';
import type {Held} from '../ui/conflict';
import dialog from '../ui/dialog.module.css';
import {useForm, useHeld} from '../ui/form';
import {Icon} from '../ui/Icon';
import {Card, Columns, Empty, Facts, Note, Page, Reading, Row, RowMenu, parts, useTitle} from '../ui/parts';
import {Sizes} from '../ui/Sizes';
import {Status, StatusIcon} from '../ui/Status';
import {follow, say} from '../ui/toast';
import css from './Backups.module.css';
import {RestoreDialog} from './RestoreDialog';

// Streamed by the browser as it lies on the disk; argos reads it whole before it gets its name.
async function upload(file: File | undefined) {
  if (!file) return;
  const send = async () => {
    const response = await fetch(`/api/v1/backups/${encodeURIComponent(file.name)}/archive`, {method: 'PUT', headers: {'Content-Type': 'application/gzip'}, body: file});
    if (!response.ok) throw await problemOf(response);
  };
  await follow(`Uploading ${file.name}, ${bytes(file.size)}…`, send(), () => {
    void queries.invalidateQueries({queryKey: ['backups']});
    return {class: 'ok', text: `${file.name} is there, read to its last byte`};
  });
}

function Upload() {
  const input = useRef<HTMLInputElement>(null);
  return <>
    <Button leftSection={<Icon name="upload" size={16} />} onClick={() => input.current?.click()}>Upload</Button>
    <input ref={input} type="file" accept=".gz,application/gzip" hidden aria-label="Archive" onChange={(event) => { void upload(event.currentTarget.files?.[0]); event.currentTarget.value = ''; }} />
  </>;
}

const kindWords = {manual: 'Asked for', scheduled: 'By schedule', 'pre-upgrade': 'Before an upgrade', orphan: 'Found in the folder'};
interface Plan {items: {name: string; action: 'keep' | 'delete'; reason: string}[]; held: string}

// By the policy in force, or by one as it is being typed.
const usePlan = (allowed: boolean, spec?: BackupPolicySpec) => useQuery<Plan, Problem>({
  queryKey: ['backups', 'plan', spec ?? null], enabled: allowed, retry: (tries, failed) => (failed.unreachable || failed.status >= 500) && tries < 3, gcTime: spec ? 0 : undefined, placeholderData: (held) => held,
  queryFn: () => post<Plan>('/backups/prune?dryRun=true', spec ? {spec} : {}),
});

// What its own rule says, short.
const keptWords = (one: Plan['items'][number]) => (one.reason.endsWith('are not deleted by this policy') ? 'Until you delete it' : one.action === 'delete' ? `Goes: ${one.reason}` : one.reason);

export default function Backups({name}: {name?: string}) {
  const backups = useBackups();
  const [params] = useSearchParams();
  const [, go] = useLocation();
  const administers = useMay('administer');
  const restoring = administers ? params.get('restore') : null;
  return (
    <>
      <Reading of={[backups]}>{() => name
        ? <Detail name={name} backup={backups.data!.items.find((one) => one.metadata.name === name)} />
        : <List items={backups.data!.items} report={backups.data!.report} />}</Reading>
      {restoring && <RestoreDialog backup={backups.data?.items.find((one) => one.metadata.name === restoring)} close={() => go(name ? `/backups/${name}` : '/backups')} />}
    </>
  );
}

function List({items, report}: {items: Backup[]; report: BackupReport | null}) {
  const may = useMay('change'), administers = useMay('administer');
  const [, go] = useLocation();
  const believed = useBelieved();
  const plan = usePlan(may).data;
  const [removing, remove] = useState('');
  const [noting, note] = useState(false);
  const bad = items.filter((one) => ofBackup(one).class === 'bad').length;
  const good = items.find((one) => ofBackup(one).class === 'ok');
  useTitle('Backups', bad ? `${bad} cannot be restored` : '');
  const running = report?.running;
  return (
    <Page title="Backups" actions={may && <>{administers && <Upload />}<Button variant="filled" data-key="n" disabled={!!running} onClick={() => note(true)}>Back up now</Button></>}
      summary={<>{good ? <>The newest good backup is from <b>{dateTime(good.status.createdAt)}</b>, <Ago at={good.status.createdAt} />.</> : 'There is no good backup yet.'} {report?.nextRun ? <>The next runs at {clockUtc(report.nextRun)}, <Ago at={report.nextRun} />.</> : 'None is made by schedule.'}</>}>
      {running && <Running running={running} />}
      {report?.retentionHeld && <Note class="warn" title="Nothing is deleted for now">{report.retentionHeld}</Note>}
      <Columns
        main={<div className={`${parts.card} ${parts.scroll}`} tabIndex={0}>
          {items.length === 0 ? <Empty title="No archive yet">Each is opened again and checked before it counts.</Empty> : (
            <table className={`${parts.table} ${parts.phone} ${css.table}`}>
              <thead><tr><th>Restorable?</th><th>Taken</th><th>Size</th><th>Kept</th><th><span className="sr-only">Actions</span></th></tr></thead>
              <tbody>{items.map((one) => {
                const verdict = believed(ofBackup(one));
                const {name} = one.metadata;
                const kept = plan?.items.find((item) => item.name === name);
                return (
                  <Row key={name} mark={`${verdict.class} ${verdict.word}`}>
                    <td data-phone="status"><Status of={verdict.class}>{verdict.word}</Status></td>
                    <td data-phone="main" className={css.taken}><Link href={`/backups/${name}`} className={parts.main} data-row>{dateTime(one.status.createdAt)}</Link><p className={parts.small}>{kindWords[one.spec.kind]}{one.spec.note && `: ${one.spec.note}`}</p>{verdict.class === 'bad' && <p className={css.why}>{verdict.why?.message}</p>}</td>
                    <td data-phone="side" className={css.size}>{bytes(one.status.sizeBytes)}</td>
                    <td data-phone="hide">{kept && keptWords(kept)}</td>
                    <td data-phone="menu" className={parts.right}><span className={css.actions}>
                      {administers && verdict.class !== 'bad' && <Button size="xs" onClick={() => go(`/backups?restore=${encodeURIComponent(name)}`)}>Restore…</Button>}
                      {may && verdict.class === 'bad' && <Button size="xs" onClick={() => void verify(name)}>Verify again</Button>}
                      <RowMenu label={`Actions for ${name}`}>
                        <Menu.Item onClick={() => go(`/backups/${name}`)}>Show</Menu.Item>
                        {may && <Menu.Item onClick={() => void verify(name)}>Verify</Menu.Item>}
                        {administers && <Menu.Item component="a" href={`/api/v1/backups/${name}/archive`} download={name}>Download</Menu.Item>}
                        {administers && verdict.class !== 'bad' && <Menu.Item className={parts.phoneOnly} onClick={() => go(`/backups?restore=${encodeURIComponent(name)}`)}>Restore…</Menu.Item>}
                        {administers && <Menu.Item data-danger onClick={() => remove(name)}>Delete…</Menu.Item>}
                      </RowMenu>
                    </span></td>
                  </Row>
                );
              })}</tbody>
            </table>
          )}
        </div>}
        side={<>
          <Policy plan={plan} />
          {items.length > 2 && <Card title="Size" side={bytes(items[0]!.status.sizeBytes)} flush={false}><Sizes of={items.map((one) => ({at: one.status.createdAt, value: one.status.sizeBytes})).reverse()} label={`Sizes of ${plural(items.length, 'archive')}, the newest ${bytes(items[0]!.status.sizeBytes)}`} /></Card>}
          <Card title="What “Verified” means" flush={false}><ul className={css.meaning}><li>the archive unpacks to its last byte</li><li>its SHA-256 is the recorded one</li><li>the database in it is whole</li></ul></Card>
        </>} />
      {removing && <Confirmation title={`Delete ${removing}?`} verb="Delete it" danger close={() => remove('')} run={async () => { await ask(`/backups/${removing}`, {method: 'DELETE'}); say('ok', `${removing} is deleted`); void queries.invalidateQueries({queryKey: ['backups']}); }}><p>It cannot be brought back.</p></Confirmation>}
      {noting && <BackUp close={() => note(false)} />}
    </Page>
  );
}

function BackUp({close}: {close: () => void}) {
  const [text, type] = useState('');
  const backUp = useBackupNow();
  return <Confirmation title="Back up now?" verb="Back up now" close={close} run={async () => { void backUp(text); }}><TextInput label="Note" data-autofocus value={text} placeholder="before the move" description="Not needed; it stands beside the archive." onChange={(event) => type(event.currentTarget.value)} /></Confirmation>;
}

const verify = (name: string) => follow('Reading it to its last byte…', ask<VerbRequest>(`/backups/${name}/verify?wait=60s`, {method: 'POST', body: {}}), ({body}) => {
  void queries.invalidateQueries({queryKey: ['backups']});
  return body.state === 'failed' ? {class: 'bad', text: `${name}: ${body.message}`} : body.state === 'done' ? {class: 'ok', text: `${name}: ${body.message || 'verified'}`} : {class: 'busy', text: 'It is still being read'};
});

const phases = [['snapshot', 'Snapshot'], ['archive', 'Archive'], ['proof', 'Verify']] as const;

function Running({running}: {running: NonNullable<BackupReport['running']>}) {
  const at = running.phase === 'read' ? 2 : phases.findIndex(([phase]) => phase === running.phase);
  const share = running.totalBytes ? Math.round(100 * running.doneBytes / running.totalBytes) : 0;
  return (
    <Card label="A backup runs" flush={false}>
      <div className={css.running}><Status of="busy">{running.phase === 'read' ? 'Verifying an archive' : 'Backing up'}</Status><span className={parts.muted}>{running.totalBytes > 0 && `${bytes(running.doneBytes)} of ${bytes(running.totalBytes)}${running.etaSeconds === null ? '' : `, ${running.etaSeconds} s left`}`}</span></div>
      <ol className={css.phases}>{phases.map(([phase, word], index) => (
        <li key={phase}>
          <div className={css.track} role="progressbar" aria-label={word} aria-valuemin={0} aria-valuemax={100} aria-valuenow={index < at ? 100 : index === at ? share : 0}><i data-done={index < at} style={{width: `${index < at ? 100 : index === at ? share : 0}%`}} /></div>
          <Status of={index < at ? 'ok' : index === at ? 'busy' : 'unknown'} strong={false}>{word} {index === at && `${share} %`}</Status>
        </li>
      ))}</ol>
    </Card>
  );
}

function Policy({plan}: {plan: Plan | undefined}) {
  const policies = useBackupPolicies();
  const may = useMay('change');
  const [editing, edit] = useState(false);
  const held = policies.data?.items[0];
  const read = useHeld<BackupPolicySpec>('backuppolicies', held?.metadata.generation ?? 0);
  const spec = held?.spec ?? policyDefaults;
  const kept = spec.retention;
  const goes = plan?.items.filter((one) => one.action === 'delete') ?? [];
  const row = (name: string, value: number, unit = ''): [string, string] => [name, value ? `${value}${unit}` : 'not used'];
  return (
    <Card title="What is kept" side={may && held?.metadata.managedBy !== 'manifest' && <button type="button" className={parts.link} onClick={() => edit(true)}>Change</button>} flush={false}>
      <Facts rows={[['When', spec.enabled ? whenWords(spec.schedule) : 'by hand only'], row('Days', kept.days), row('Newest', kept.keepLast), row('Daily', kept.keepDaily), row('Weekly', kept.keepWeekly), row('Monthly', kept.keepMonthly)]} />
      {plan && <div className={css.plan}><p className={dialog.label}>If it ran now: {plan.items.length - goes.length} stay, {goes.length} {goes.length === 1 ? 'goes' : 'go'}</p>
        {goes.map((one) => <p key={one.name} className={parts.small}>{one.name}: {one.reason}</p>)}<p className={parts.small}>The newest good one never goes.</p></div>}
      {editing && (
        <Modal opened onClose={() => edit(false)} size={560} data-wide title="When backups are made, and which stay" closeButtonProps={{'aria-label': 'Close'}}>
          <Reading of={[read]}>{() => <PolicyEditor held={read.data!} close={() => edit(false)} />}</Reading>
        </Modal>
      )}
    </Card>
  );
}

function PolicyEditor({held, close}: {held: Held<BackupPolicySpec>; close: () => void}) {
  const {spec, set, dirty, busy, sound, failed, error, conflict, save} = useForm({plural: 'backuppolicies', kind: 'BackupPolicy'}, held, policyDefaults, () => {
    say('ok', 'The policy is in force');
    for (const key of ['backuppolicies', 'backups']) void queries.invalidateQueries({queryKey: [key]});
    close();
  });
  const settled = useSettled(spec);
  const plan = usePlan(true, settled).data;
  const number = (name: 'days' | 'keepLast' | 'keepDaily' | 'keepWeekly' | 'keepMonthly', label: string) => (
    <TextInput label={label} inputMode="numeric" value={spec.retention[name]} error={error(`retention.${name}`)} onChange={(event) => set({...spec, retention: {...spec.retention, [name]: Number(event.currentTarget.value.replace(/\D/g, ''))}})} />
  );
  return (
    <>
      <div className={dialog.body}>
        {conflict}
        <Switch label="Make them by schedule" checked={spec.enabled} onChange={(event) => set({...spec, enabled: event.currentTarget.checked})} />
        <TextInput label="Schedule" value={spec.schedule} error={error('schedule')} classNames={{input: parts.mono}} description={`Minute, hour, day, month, weekday, in UTC: ${whenWords(spec.schedule)}.`} onChange={(event) => set({...spec, schedule: event.currentTarget.value})} />
        <div className={parts.formRow}>{number('days', 'Stay for days')}{number('keepLast', 'Newest')}</div>
        <div className={parts.formRow}>{number('keepDaily', 'Daily')}{number('keepWeekly', 'Weekly')}</div>
        <div className={parts.formRow}>{number('keepMonthly', 'Monthly')}
          <NativeSelect label="Which may be deleted" value={spec.retention.kinds.join()} onChange={(event) => set({...spec, retention: {...spec.retention, kinds: event.currentTarget.value.split(',').filter(Boolean)}})}
            data={[{value: 'scheduled', label: 'scheduled'}, {value: 'scheduled,manual', label: 'scheduled and manual'}, ...(['scheduled', 'scheduled,manual'].includes(spec.retention.kinds.join()) ? [] : [spec.retention.kinds.join()])]} /></div>
        <Switch label="Take Caddy’s data too (accounts and certificates of ACME)" checked={spec.includeCaddyData} onChange={(event) => set({...spec, includeCaddyData: event.currentTarget.checked})} />
        {error('retention') && <Note class="bad">{error('retention')}</Note>}
        {failed && <Note class="bad">{failed}</Note>}
        {plan && plan.items.length > 0 && sound && <Preview plan={plan} />}
      </div>
      <div className={dialog.bar}><span>An archive stays where any of these wants it.</span><Button onClick={close}>Cancel</Button><Button variant="filled" loading={busy} disabled={!dirty || !sound} data-key="save" onClick={save}>Save</Button></div>
    </>
  );
}

// Who types has stopped for a moment.
function useSettled<T>(value: T): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), 250);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

// What a policy means for the archives that are there, each with its reason.
function Preview({plan}: {plan: Plan}) {
  const goes = plan.items.filter((one) => one.action === 'delete');
  return (
    <section aria-label="What this policy means" className={dialog.section} aria-live="polite">
      <h3 className={dialog.label}>With this policy {plan.items.length - goes.length} stay, {goes.length} {goes.length === 1 ? 'goes' : 'go'}</h3>
      <div className={`${parts.card} ${css.preview}`} tabIndex={0}>
        <ul className={parts.rows}>{[...goes, ...plan.items.filter((one) => one.action === 'keep')].map((one) => (
          <li key={one.name}><StatusIcon of={one.action === 'delete' ? 'off' : 'ok'} label={one.action === 'delete' ? 'goes' : 'stays'} /><span className={parts.rowText}><code className={parts.mono}>{one.name}</code><br />{one.reason}</span></li>
        ))}</ul>
      </div>
      {plan.held && <Note class="warn" title="Nothing is deleted for now">{plan.held}</Note>}
    </section>
  );
}

function Detail({name, backup}: {name: string; backup: Backup | undefined}) {
  const [, go] = useLocation();
  const may = useMay('change'), administers = useMay('administer');
  const believed = useBelieved();
  useTitle(name);
  const back = {href: '/backups', text: 'Backups', here: name};
  if (!backup) return <Page title={name} back={back}><div className={parts.card}><Empty title="There is no such archive">It may have been deleted, or the policy let it go.</Empty></div></Page>;
  const verdict = believed(ofBackup(backup));
  const {status, spec} = backup;
  return (
    <Page title={`Backup of ${dateTime(status.createdAt)}`} back={back} aside={<Status of={verdict.class}>{verdict.word}</Status>}
      actions={<>{administers && <Button component="a" href={`/api/v1/backups/${name}/archive`} download={name}>Download</Button>}{may && <Button onClick={() => void verify(name)}>Verify</Button>}{administers && verdict.class !== 'bad' && <Button variant="filled" onClick={() => go(`/backups/${name}?restore=${encodeURIComponent(name)}`)}>Restore…</Button>}</>}>
      {verdict.class === 'bad' && <Note class="bad" title="It cannot be restored">{verdict.why?.message}</Note>}
      <Columns main={<Conditions conditions={status.conditions} />} side={
        <Card title="What is in it" flush={false}><Facts rows={[['Why', kindWords[spec.kind]], ['Note', spec.note || '–'], ['Size', bytes(status.sizeBytes)], ['Database', bytes(status.dbBytes)], ['Schema', String(status.schemaVersion)], ['argos', status.argosVersion], ['Caddy files', String(status.caddyFiles)], ['Checked', status.verifiedAt ? <Ago key="v" at={status.verifiedAt} /> : 'not yet'], ['Made', fullDate(status.createdAt)], ['SHA-256', <code key="s" className={parts.mono}>{status.sha256}</code>]]} /></Card>} />
    </Page>
  );
}
