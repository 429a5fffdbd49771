// SPDX-License-Identifier: Apache-2.0
// Name and password, then the second factor in the same place. One text for every refusal.
import {Button, PasswordInput, TextInput} from '@mantine/core';
import {type FormEvent, useEffect, useState} from 'react';
import {ask, Problem} from '../api/client';
import type {Identity} from '../api/types';
import {useNow} from '../ui/Ago';
import {parts} from '../ui/parts';
import {StatusIcon} from '../ui/Status';
import {useTask} from '../ui/task';
import css from './Login.module.css';

const texts: Record<string, string> = {
  WrongLogin: 'Name or password is wrong.',
  WrongCode: 'That code is not right, or was used already.',
  TooManyLogins: 'argos is busy with other logins. Try again in a moment.',
};

export function LoginForm({done}: {done: (identity: Identity) => void}) {
  const [user, typeUser] = useState('');
  const [password, typePassword] = useState('');
  const [code, typeCode] = useState('');
  const [step, go] = useState<'password' | 'code' | 'recovery'>('password');
  const {busy, problem, failed, run, fail} = useTask();
  const [pausedUntil, pause] = useState(0);
  const now = useNow();
  const left = Math.ceil((pausedUntil - now) / 1000);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await run(async () => {
      try {
        done((await ask<Identity>('/login', {method: 'POST', body: {user, password, ...(code && {code})}})).body);
      } catch (why) {
        typeCode('');
        if (!(why instanceof Problem)) throw why;
        if (why.retryAfter) pause(Date.now() + why.retryAfter * 1000);
        if (why.reason !== 'SecondFactorRequired') throw why;
        go('code');
      }
    });
  };
  useEffect(() => { if (left <= 0 && pausedUntil) { pause(0); fail(null); } }, [left, pausedUntil, fail]);

  const text = left > 0 ? `Too many tries. Again in ${left} s.` : (problem && texts[problem.reason]) || failed;
  return (
    <form className={parts.form} onSubmit={submit}>
      {text && <p className={css.refused} role="alert"><StatusIcon of="bad" /><span>{text}</span></p>}
      {step === 'password' && (
        <>
          <TextInput label="Name" autoComplete="username" autoCapitalize="none" required autoFocus value={user} onChange={(event) => typeUser(event.currentTarget.value)} />
          <PasswordInput label="Password" autoComplete="current-password" required value={password} onChange={(event) => typePassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{'aria-label': 'Show the password', 'aria-hidden': false, tabIndex: 0}} />
        </>
      )}
      {step === 'code' && (
        <TextInput key="code" label="Code of your second factor" autoComplete="one-time-code" inputMode="numeric" maxLength={6} required autoFocus value={code} onChange={(event) => typeCode(event.currentTarget.value)} />
      )}
      {step === 'recovery' && (
        <TextInput key="recovery" label="Recovery code" autoComplete="off" required autoFocus value={code} onChange={(event) => typeCode(event.currentTarget.value)} />
      )}
      <Button type="submit" variant="filled" fullWidth loading={busy} disabled={left > 0}>Log in</Button>
      {step !== 'password' && (
        <button type="button" className={parts.link} onClick={() => { typeCode(''); go(step === 'code' ? 'recovery' : 'code'); }}>
          {step === 'code' ? 'Use a recovery code' : 'Use a code of the device'}
        </button>
      )}
    </form>
  );
}
