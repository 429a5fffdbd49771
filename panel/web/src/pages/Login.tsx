// SPDX-License-Identifier: Apache-2.0
// Before anything else: log in, and a password of one's own where the first one was made up.
import {Button, PasswordInput} from '@mantine/core';
import {type FormEvent, useState} from 'react';
import {ask, Problem} from '../api/client';
import {queries} from '../api/queries';
import type {Identity} from '../api/types';
import {Eye} from '../ui/Icon';
import {parts, useTitle} from '../ui/parts';
import {StatusIcon} from '../ui/Status';
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
  const [problem, fail] = useState<Problem | null>(null);
  const [busy, work] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    work(true);
    try {
      await ask('/session/password', {method: 'PUT', body: {currentPassword: current, newPassword: next}});
      done();
    } catch (failed) {
      if (failed instanceof Problem) fail(failed);
      else throw failed;
    } finally {
      work(false);
    }
  };
  const errors = new Map(problem?.errors.map((one) => [one.path, [one.message, one.hint].filter(Boolean).join(', ')]));
  return (
    <form className={parts.form} onSubmit={submit}>
      <p>Hello {identity.user}. The password that you came in with was made up for the first login: choose one of your own.</p>
      {problem && errors.size === 0 && <p className={css.refused} role="alert"><StatusIcon of="bad" /><span>{problem.detail} {problem.hint}</span></p>}
      <input type="text" autoComplete="username" value={identity.user} readOnly hidden />
      <PasswordInput label="Password so far" autoComplete="current-password" required autoFocus value={current} error={errors.get('currentPassword')} onChange={(event) => typeCurrent(event.currentTarget.value)} />
      <PasswordInput label="New password" autoComplete="new-password" required minLength={8} value={next} error={errors.get('newPassword')}
        description="At least 8 characters; 15 are better. Any characters." onChange={(event) => typeNext(event.currentTarget.value)} />
      <Button type="submit" variant="filled" fullWidth loading={busy}>Set the password</Button>
    </form>
  );
}
