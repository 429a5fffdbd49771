// SPDX-License-Identifier: Apache-2.0
// A restore while it runs, across the swap of the database, and its outcome.
import {Button} from '@mantine/core';
import {Link} from 'wouter';
import {ask} from '../api/client';
import {useLive} from '../api/live';
import {queries, useHosts, useMay, useRestore, useStatus} from '../api/queries';
import {type Class, ofHost} from '../model/status';
import {bytes, plural} from '../model/words';
import {Ago} from '../ui/Ago';
import {Card, Empty, Note, Page, Reading, parts, useTitle} from '../ui/parts';
import {StatusIcon} from '../ui/Status';
import {useTask} from '../ui/task';
import {say} from '../ui/toast';

const steps: [string, string, string][] = [
  ['wanted', 'Seen', 'argos knows what is wanted'],
  ['read', 'Archive read', 'to its last byte, against its SHA-256'],
  ['proof', 'Checked', 'schema, integrity, master key'],
  ['migration', 'Brought up to date', 'an older schema, and what an older key has sealed'],
  ['carrying', 'Newer history carried over', 'audit log and history since the archive'],
  ['swap', 'Swapped', 'one rename; from here on it cannot be taken back, only undone'],
  ['follow', 'Certificates and Caddy follow', 'what is wanted now is put into force'],
];

const swap = steps.findIndex(([phase]) => phase === 'swap');

// What this tab began is remembered over the swap, when the page has nothing else to go by.
const begun = () => JSON.parse(sessionStorage.getItem('restore') ?? 'null') as {archive: string; at: number} | null;

export default function Restore() {
  const restore = useRestore();
  useTitle('Restore');
  return <Reading of={[restore]}>{() => <Progress />}</Reading>;
}

function Progress() {
  const {wanted, progress, refused} = useRestore().data!;
  const {connected} = useLive();
  const mine = begun();
  const administers = useMay('administer');
  const {busy, failed, run} = useTask();
  if (refused && (!mine || new Date(refused.at).getTime() >= mine.at - 1000))
    return <Page title="The restore was refused"><Note class="bad" title={refused.message}>{refused.hint} The database is as it was, and so is what Caddy serves. Archive: {refused.archive}, <Ago at={refused.at} />.</Note><p><Link href="/backups">Backups</Link></p></Page>;
  if (!wanted && !mine) return <Page title="Restore"><div className={parts.card}><Empty title="No restore is under way" action={<Link href="/backups">Backups</Link>}>Choose an archive, and see what it would change.</Empty></div></Page>;
  if (!wanted && connected) return <Outcome archive={mine!.archive} />;
  const at = !connected ? swap : Math.max(1, steps.findIndex(([phase]) => phase === progress?.phase));
  const cancel = () => run(async () => {
    await ask('/restore', {method: 'DELETE'});
    sessionStorage.removeItem('restore');
    say('ok', 'The restore is taken back: nothing has changed');
    void queries.invalidateQueries({queryKey: ['restore']});
  });
  return (
    <Page title={`Restoring ${wanted?.archive ?? mine?.archive}`} summary="Caddy goes on serving what it serves.">
      <Card label="Steps">
        <ol className={parts.rows}>{steps.map(([key, name, more], index) => {
          const of: Class = index < at ? 'ok' : index === at ? 'busy' : 'unknown';
          return <li key={key}><StatusIcon of={of} label={of === 'ok' ? 'done' : of === 'busy' ? 'running' : 'to come'} /><div className={parts.rowText}><p className={parts.rowTitle}>{name}</p><p>{more}</p></div><span className={parts.rowSide}>{index === at && progress && progress.total > 0 && `${bytes(progress.bytes)} of ${bytes(progress.total)}`}</span></li>;
        })}</ol>
      </Card>
      {failed && <Note class="bad">{failed}</Note>}
      {administers && connected && <p><Button loading={busy} onClick={() => void cancel()}>Cancel the restore</Button></p>}
      <p className={parts.muted}>Possible until the swap. After it this page comes back by itself and shows how it went. You may close it.</p>
    </Page>
  );
}

function Outcome({archive}: {archive: string}) {
  const hosts = useHosts().data?.items ?? [], status = useStatus().data;
  const bad = hosts.filter((one) => ofHost(one).class === 'bad');
  const last = status?.controllers.find((one) => one.name === 'restore')?.conditions.find((one) => one.type === 'LastRestore');
  const settled = hosts.every((one) => ofHost(one).class !== 'busy') && status?.ready;
  return (
    <Page title="Restored" summary={<>The database is the one of <code>{archive}</code>.{last?.reason === 'Restored' && ' Newer entries of the audit log and the history were carried over.'}</>}>
      {last?.reason === 'NothingCarriedOver' && <Note class="bad" title="The audit log and the history end with the archive">{last.message}</Note>}
      <Note class={!settled ? 'busy' : bad.length ? 'bad' : 'ok'} title={!settled ? 'Caddy is being given what is wanted now' : bad.length ? `${plural(bad.length, 'host')} not served as wanted` : `All ${plural(hosts.length, 'host')} served as wanted`}
        actions={<><Link href="/">Overview</Link><Link href="/hosts">Hosts</Link></>}>
        To take it back, on the gateway: <code>argos restore --undo</code>. The database that it replaced lies beside the new one.
      </Note>
      <p><Button onClick={() => { sessionStorage.removeItem('restore'); void queries.invalidateQueries({queryKey: ['restore']}); history.back(); }}>Done</Button></p>
    </Page>
  );
}
