// SPDX-License-Identifier: Apache-2.0
// The two dialogs that come over a page: the session is over, and the password once more. What was typed in the page stays.
import {Button, Modal, PasswordInput} from '@mantine/core';
import {type FormEvent, useEffect, useState} from 'react';
import {ask, doors} from '../api/client';
import {queries} from '../api/queries';
import {LoginForm} from '../pages/LoginForm';
import {parts} from '../ui/parts';
import {useTask} from '../ui/task';
import dialog from '../ui/dialog.module.css';

interface Waiting {resolve: (done: boolean) => void}

export function SessionDialogs() {
  const [entering, enter] = useState<Waiting[]>([]);
  const [confirming, confirm] = useState<Waiting[]>([]);
  useEffect(() => {
    doors.logIn = () => new Promise<void>((resolve) => enter((held) => [...held, {resolve: () => resolve()}]));
    doors.confirm = () => new Promise<boolean>((resolve) => confirm((held) => [...held, {resolve}]));
    return () => {
      doors.logIn = null;
      doors.confirm = null;
    };
  }, []);
  const settle = (held: Waiting[], clear: (next: Waiting[]) => void, done: boolean) => {
    clear([]);
    for (const one of held) one.resolve(done);
  };
  return (
    <>
      <Modal opened={entering.length > 0} onClose={() => undefined} withCloseButton={false} title="Your session is over" size={420} zIndex={400}>
        <div className={dialog.body}>
          <p className={parts.muted}>Log in again to go on where you were.</p>
          <LoginForm done={(identity) => {
            queries.setQueryData(['session'], identity);
            settle(entering, enter, true);
          }} />
        </div>
      </Modal>
      <Modal opened={confirming.length > 0} onClose={() => settle(confirming, confirm, false)} title="Your password once more" size={420} zIndex={400}
        closeButtonProps={{'aria-label': 'Close'}}>
        {confirming.length > 0 && <Confirm done={() => settle(confirming, confirm, true)} />}
      </Modal>
    </>
  );
}

function Confirm({done}: {done: () => void}) {
  const [password, type] = useState('');
  const {busy, failed, run} = useTask();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await run(() => ask('/session/confirm', {method: 'POST', body: {password}}))) done();
  };
  return (
    <form className={dialog.body} onSubmit={submit}>
      <p className={parts.muted}>What you are about to do is guarded: it asks for your password where it was last given more than ten minutes ago.</p>
      <PasswordInput label="Your password" autoComplete="current-password" data-autofocus value={password} error={failed} onChange={(event) => type(event.currentTarget.value)} />
      <div className={dialog.foot}><Button type="submit" variant="filled" loading={busy}>Go on</Button></div>
    </form>
  );
}
