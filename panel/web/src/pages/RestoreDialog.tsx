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
import {Status, StatusIcon} from '../ui/Status';
import {useTask} from '../ui/task';

interface Change {kind: string; name: string; change: 'added' | 'removed' | 'changed'; manifest: boolean}
interface Plan {
  archive: string; createdAt: string | null; schema: {from: number; to: number}; keys: 'nothing sealed' | 'known' | 'unknown'; message?: string;
  objects: Change[]; users: Change[]; sessionsEnded: number; replaces: boolean;
}

export function RestoreDialog({backup, close}: {backup: Backup | undefined; close: () => void}) {
  const when = backup ? dateTime(backup.status.createdAt) : '';
  return (
    <Modal opened onClose={close} size={760} data-wide title={<>Restore the backup of {when}<span className={dialog.sub}>This is a trial run. Nothing has changed yet.</span></>} closeButtonProps={{'aria-label': 'Close'}}>
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
  const {busy, failed, run} = useTask();
  const verdict = ofBackup(backup);
  const opens = find(backup.status.conditions, 'Decryptable');
  const withoutSecrets = plan.data ? plan.data.keys === 'unknown' : opens?.status === 'False';
  const restore = () => run(async () => {
    await ask('/session/confirm', {method: 'POST', body: {password}});
    await post('/restore', {archive: name, ...(backup.status.sha256 && {sha256: backup.status.sha256}), ...(withoutSecrets && {withoutSecrets: true})});
    type('');
    void queries.invalidateQueries({queryKey: ['restore']});
    sessionStorage.setItem('restore', JSON.stringify({archive: name, at: Date.now()}));
    go('/restore');
  });
  return (
    <>
      <div className={dialog.body}>
        <p className={parts.inline}>
          <Status of={verdict.class}>{verdict.word}</Status>
          <Status of={withoutSecrets ? 'warn' : opens?.status === 'True' ? 'ok' : 'unknown'}>{withoutSecrets ? 'Its master key is not configured' : opens?.status === 'True' ? 'Master key fits' : 'Which master key is not known'}</Status>
          <Status of="ok">{!plan.data || plan.data.schema.from === plan.data.schema.to ? `Schema ${backup.status.schemaVersion}${plan.data ? ', the same as now' : ''}` : `Schema ${plan.data.schema.from}, brought up to ${plan.data.schema.to}`}</Status>
        </p>
        {plan.data && <Changes plan={plan.data} />}
        {plan.error && <Note class="bad" title={plan.error.detail}>{plan.error.hint}</Note>}
        {plan.isFetching && <p role="status">Reading the archive, and what it would change…</p>}
        {withoutSecrets && <Note class="warn">Private keys in it cannot be opened with today’s master key. They say so until they are entered again.</Note>}
        <p className={dialog.point}><StatusIcon of="ok" /><span>Caddy goes on serving throughout. Today’s database stays beside it as <code>argos.db.before-restore-…</code>, and the audit log and history newer than the archive are carried over.</span></p>
        <div className={parts.formRow}>
          <PasswordInput label="Your password" data-autofocus autoComplete="current-password" value={password} onChange={(event) => type(event.currentTarget.value)} visibilityToggleButtonProps={{'aria-label': 'Show the password', 'aria-hidden': false, tabIndex: 0}} />
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

const which = (some: Change[], one: string, many: string) => some.length > 0 && `${list(some.map((item) => item.name), 4)} ${some.length === 1 ? one : many}`;

function Changes({plan}: {plan: Plan}) {
  const all = [...plan.objects, ...plan.users.map((one) => ({...one, kind: 'User'}))];
  const of = (kind: string, change: string) => all.filter((one) => one.kind === kind && one.change === change);
  const gone = of('Host', 'removed').filter((one) => !one.manifest);
  const files = plan.objects.filter((one) => one.manifest).length;
  return (
    <section aria-label="What would change" className={dialog.section}>
      <h3 className={dialog.label}>What would change</h3>
      <div className={`${parts.card} ${parts.scroll}`} tabIndex={0}>
        <table className={`${parts.table} ${parts.phone}`}>
          <thead><tr><th><span className="sr-only">Kind</span></th><th>Comes back</th><th>Goes</th><th>Changes</th><th>Which</th></tr></thead>
          <tbody>{kinds.map(([kind, word]) => {
            const [added, removed, changed] = [of(kind, 'added'), of(kind, 'removed'), of(kind, 'changed')];
            return (
              <tr key={kind}>
                <td data-phone="main" className={parts.main}>{word}</td><td data-phone="hide">{added.length || '–'}</td>
                <td data-phone="hide" className={removed.length ? dialog.goes : undefined}>{removed.length ? `−${removed.length}` : '–'}</td><td data-phone="hide">{changed.length || '–'}</td>
                <td>{[which(added, 'comes back', 'come back'), which(removed, 'goes', 'go'), which(changed, 'changes', 'change')].filter(Boolean).join('. ') || 'The same'}</td>
              </tr>
            );
          })}</tbody>
        </table>
      </div>
      {gone.length > 0 && <p className={dialog.point}><StatusIcon of="warn" /><span><b>{list(gone.map((one) => one.name), 4)} will answer 404.</b> Added after this backup.</span></p>}
      {plan.sessionsEnded > 0 && <p className={parts.muted}>{plural(plan.sessionsEnded, 'session')} that the archive does not know {plan.sessionsEnded === 1 ? 'ends' : 'end'}.</p>}
      {files > 0 && <p className={parts.muted}>{plural(files, 'object')} of these come from manifests and follow their files again right after.</p>}
    </section>
  );
}
