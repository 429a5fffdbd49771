// SPDX-License-Identifier: Apache-2.0
// Before anything else: log in, and a password of one's own where the first one was made up.
import {Button, PasswordInput} from '@mantine/core';
import {type FormEvent, useState} from 'react';
import {ask} from '../api/client';
import {queries} from '../api/queries';
import type {Identity} from '../api/types';
import {Eye} from '../ui/Icon';
import {parts, useTitle} from '../ui/parts';
import {StatusIcon} from '../ui/Status';
import {fieldError, useTask} from '../ui/task';
import css from './Login.module.css';
import {LoginForm} from './LoginForm';

export function Login({identity, unreachable, again}: {identity?: Identity; unreachable: boolean; again: () => void}) {
  useTitle(identity ? 'New password' : 'Log in');
  const enter = (who: Identity) => queries.setQueryData(['session'], who);
  return (
    <main className={css.page}>
      <header className={css.brand}><Eye size={30} /><div><h1>argos</h1><p>{location.hostname}</p></div></header>
      <div className={css.card}>
        {unreachable ? (
          <div className={parts.form}>
            <p className={css.refused} role="alert"><StatusIcon of="bad" /><span>argos does not answer. On the gateway: argos status</span></p>
            <Button onClick={again}>Try again</Button>
          </div>
        ) : identity ? <FirstPassword identity={identity} done={() => enter({...identity, mustChangePassword: false})} /> : (
          <>
            <LoginForm done={enter} />
            <p className={css.hint}>Forgot it? Run this on the gateway:<br /><code>argos user reset-password NAME</code></p>
          </>
        )}
      </div>
    </main>
  );
}

function FirstPassword({identity, done}: {identity: Identity; done: () => void}) {
  const [current, typeCurrent] = useState('');
  const [next, typeNext] = useState('');
  const {busy, problem, failed, run} = useTask();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await run(() => ask('/session/password', {method: 'PUT', body: {currentPassword: current, newPassword: next}}))) done();
  };
  return (
    <form className={parts.form} onSubmit={submit}>
      <p>Hello {identity.user}. The password that you came in with was made up for the first login: choose one of your own.</p>
      {failed && !problem?.errors.length && <p className={css.refused} role="alert"><StatusIcon of="bad" /><span>{failed}</span></p>}
      <input type="text" autoComplete="username" value={identity.user} readOnly hidden />
      <PasswordInput label="Password so far" autoComplete="current-password" required autoFocus value={current} error={fieldError(problem, 'currentPassword')} onChange={(event) => typeCurrent(event.currentTarget.value)} />
      <PasswordInput label="New password" autoComplete="new-password" required minLength={8} value={next} error={fieldError(problem, 'newPassword')}
        description="At least 8 characters; 15 are better. Any characters." onChange={(event) => typeNext(event.currentTarget.value)} />
      <Button type="submit" variant="filled" fullWidth loading={busy}>Set the password</Button>
    </form>
  );
}
