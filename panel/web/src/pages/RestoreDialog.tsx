// SPDX-License-Identifier: Apache-2.0
// Before a restore: what it would change, then the password and the word.
import {Button, Modal, PasswordInput, TextInput} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {useLocation} from 'wouter';
import {ask, get, post, Problem} from '../api/client';
import {queries} from '../api/queries';
import type {Backup} from '../api/types';
import {find, ofBackup} from '../model/status';
import {dateTime, list, plural} from '../model/words';
import dialog from '../ui/dialog.module.css';
import {Note, parts} from '../ui/parts';
import {Status} from '../ui/Status';
import {reason} from '../ui/toast';

interface Change {kind: string; name: string; change: 'added' | 'removed' | 'changed'; manifest: boolean}
interface Plan {
  archive: string; createdAt: string | null; schema: {from: number; to: number}; keys: 'nothing sealed' | 'known' | 'unknown'; message?: string;
  objects: Change[]; users: Change[]; sessionsEnded: number; replaces: boolean;
}

export function RestoreDialog({backup, close}: {backup: Backup | undefined; close: () => void}) {
  const when = backup ? dateTime(backup.status.createdAt) : '';
  return (
    <Modal opened onClose={close} size={760} title={<>Restore the backup of {when}<span className={dialog.sub}>This is a trial run. Nothing has changed yet.</span></>} closeButtonProps={{'aria-label': 'Close'}}>
      {backup ? <Restore backup={backup} when={when} close={close} /> : <div className={dialog.body}><p>There is no such archive.</p></div>}
    </Modal>
  );
}

function Restore({backup, when, close}: {backup: Backup; when: string; close: () => void}) {
  const {name} = backup.metadata;
  const [, go] = useLocation();
  const plan = useQuery<Plan, Problem>({queryKey: ['restore', 'plan', name], gcTime: 0, queryFn: ({signal}) => get<Plan>(`/backups/${encodeURIComponent(name)}/restore-plan`, signal)});
  const [password, type] = useState('');
  const [word, say] = useState('');
  const [failed, fail] = useState('');
  const [busy, work] = useState(false);
  const verdict = ofBackup(backup);
  const opens = find(backup.status.conditions, 'Decryptable');
  const withoutSecrets = plan.data ? plan.data.keys === 'unknown' : opens?.status === 'False';
  const restore = async () => {
    work(true);
    try {
      await ask('/session/confirm', {method: 'POST', body: {password}});
      await post('/restore', {archive: name, ...(backup.status.sha256 && {sha256: backup.status.sha256}), ...(withoutSecrets && {withoutSecrets: true})});
      type('');
      void queries.invalidateQueries({queryKey: ['restore']});
      sessionStorage.setItem('restore', JSON.stringify({archive: name, at: Date.now()}));
      go('/restore');
    } catch (why) {
      fail(reason(why));
    } finally {
      work(false);
    }
  };
  return (
    <>
      <div className={dialog.body}>
        <p className={parts.inline}>
          <Status of={verdict.class}>{verdict.word}</Status>
          <Status of={withoutSecrets ? 'warn' : opens?.status === 'True' ? 'ok' : 'unknown'}>{withoutSecrets ? 'Its master key is not configured' : opens?.status === 'True' ? 'Master key fits' : 'Which master key is not known'}</Status>
          <Status of="ok">Schema {backup.status.schemaVersion}</Status>
        </p>
        {plan.data && <Changes plan={plan.data} />}
        {plan.error && <Note class="bad" title={plan.error.detail}>{plan.error.hint}</Note>}
        {plan.isFetching && <p role="status">Reading the archive, and what it would change…</p>}
        {withoutSecrets && <Note class="warn">Private keys in it cannot be opened with today’s master key. They say so until they are entered again.</Note>}
        <Status of="ok" strong={false}>Caddy goes on serving throughout. Today’s database stays beside it as argos.db.before-restore-…, and the audit log and history newer than the archive are carried over.</Status>
        <div className={parts.formRow}>
          <PasswordInput label="Your password" autoComplete="current-password" value={password} onChange={(event) => type(event.currentTarget.value)} visibilityToggleButtonProps={{'aria-label': 'Show the password', 'aria-hidden': false, tabIndex: 0}} />
          <TextInput label={<>Type <code>restore</code> to go on</>} aria-label="Type restore to go on" value={word} autoCapitalize="none" autoComplete="off" onChange={(event) => say(event.currentTarget.value)} />
        </div>
        {failed && <Note class="bad">{failed}</Note>}
      </div>
      <div className={dialog.bar}><span /><Button onClick={close}>Cancel</Button>
        <Button variant="filled" data-danger loading={busy} disabled={!password || word !== 'restore' || !plan.data} onClick={() => void restore()}>Restore {when}</Button></div>
    </>
  );
}

const kinds: [string, string][] = [['Host', 'Hosts'], ['TargetGroup', 'Target groups'], ['Certificate', 'Certificates'], ['BackupPolicy', 'Backup policy'], ['Settings', 'Settings'], ['User', 'Users']];

function Changes({plan}: {plan: Plan}) {
  const all = [...plan.objects, ...plan.users.map((one) => ({...one, kind: 'User'}))];
  const of = (kind: string, change: string) => all.filter((one) => one.kind === kind && one.change === change);
  const gone = of('Host', 'removed').filter((one) => !one.manifest);
  const files = plan.objects.filter((one) => one.manifest).length;
  return (
    <section aria-label="What would change" className={parts.form}>
      <h3 className={dialog.label}>What would change</h3>
      <div className={`${parts.card} ${parts.scroll}`} tabIndex={0}>
        <table className={parts.table}>
          <thead><tr><th><span className="sr-only">Kind</span></th><th>Comes back</th><th>Goes</th><th>Changes</th><th>Which</th></tr></thead>
          <tbody>{kinds.map(([kind, word]) => {
            const [added, removed, changed] = [of(kind, 'added'), of(kind, 'removed'), of(kind, 'changed')];
            const names = [added, removed, changed].flat().map((one) => one.name);
            return <tr key={kind}><td className={parts.main}>{word}</td><td>{added.length || '–'}</td><td>{removed.length || '–'}</td><td>{changed.length || '–'}</td><td>{names.length ? list(names, 5) : 'the same'}</td></tr>;
          })}</tbody>
        </table>
      </div>
      {gone.length > 0 && <Status of="warn">{list(gone.map((one) => one.name), 4)} will answer 404: added after this backup.</Status>}
      {plan.sessionsEnded > 0 && <p className={parts.muted}>{plural(plan.sessionsEnded, 'session')} that the archive does not know {plan.sessionsEnded === 1 ? 'ends' : 'end'}.</p>}
      {plan.schema.from !== plan.schema.to && <p className={parts.muted}>Its schema is {plan.schema.from}; it is brought up to {plan.schema.to}.</p>}
      {files > 0 && <p className={parts.muted}>{plural(files, 'object')} of these come from manifests and follow their files again right after.</p>}
    </section>
  );
}
