// SPDX-License-Identifier: Apache-2.0
// One's own account: password, second factor, sessions, tokens, and the keys of the panel.
import {Button, PasswordInput, Switch, TextInput} from '@mantine/core';
import {type FormEvent, useState} from 'react';
import {ask, post} from '../api/client';
import {queries, useIdentity, useSessions} from '../api/queries';
import type {SessionEntry} from '../api/types';
import {clientWords} from '../model/words';
import {Confirmation} from '../ui/actions';
import {Ago} from '../ui/Ago';
import {Card, Command, Note, Page, Reading, parts, useTitle} from '../ui/parts';
import {Shown} from '../ui/Shown';
import {Status} from '../ui/Status';
import {fieldError, useTask} from '../ui/task';
import {reason, say} from '../ui/toast';
import {Tokens} from '../ui/Tokens';
import css from './Me.module.css';

async function logOut() {
  await ask('/session', {method: 'DELETE'}).catch(() => undefined);
  sessionStorage.clear();
  location.assign('/login');
}

export default function Me() {
  useTitle('Your account');
  const identity = useIdentity();
  return (
    <Page title={identity.data?.user ?? 'Your account'} summary={`Role: ${identity.data?.role}`} actions={<Button onClick={() => void logOut()}>Log out</Button>}>
      <div className={parts.narrow}>
        <Password />
        <SecondFactor />
        <Sessions />
        <Tokens title="Your tokens" />
        <Keys />
      </div>
    </Page>
  );
}

function Password() {
  const [current, typeCurrent] = useState('');
  const [next, typeNext] = useState('');
  const {busy, problem, failed, run} = useTask();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      await ask('/session/password', {method: 'PUT', body: {currentPassword: current, newPassword: next}});
      typeCurrent('');
      typeNext('');
      say('ok', 'The password is changed; your other sessions have ended');
      void queries.invalidateQueries({queryKey: ['sessions']});
    });
  };
  return (
    <Card title="Password" flush={false}>
      <form className={parts.form} onSubmit={submit}>
        {failed && !problem?.errors.length && <Note class="bad">{failed}</Note>}
        <PasswordInput label="Password so far" autoComplete="current-password" required value={current} error={fieldError(problem, 'currentPassword')} onChange={(event) => typeCurrent(event.currentTarget.value)} />
        <PasswordInput label="New password" autoComplete="new-password" required value={next} error={fieldError(problem, 'newPassword')} description="At least 8 characters; 15 are better." onChange={(event) => typeNext(event.currentTarget.value)} />
        <div><Button type="submit" loading={busy}>Change it</Button></div>
      </form>
    </Card>
  );
}

interface Offer {secret: string; url: string; qr: string}

function SecondFactor() {
  const {data} = useIdentity();
  const [offer, put] = useState<Offer | null>(null);
  const [code, type] = useState('');
  const {busy, failed, run} = useTask();
  const [codes, show] = useState<string[]>([]);
  const [ending, end] = useState(false);
  const again = () => void queries.invalidateQueries({queryKey: ['session']});
  const begin = () => run(async () => put(await post<Offer>('/session/second-factor')));
  const enable = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const {body} = await ask<{recoveryCodes: string[]}>('/session/second-factor', {method: 'PUT', body: {code}});
      put(null);
      type('');
      show(body.recoveryCodes);
      again();
    });
  };
  return (
    <Card title="Second factor" flush={false}>
      <div className={parts.form}>
        <Status of={data?.secondFactor ? 'ok' : 'off'}>{data?.secondFactor ? `In force, ${data.recoveryCodes ?? 0} recovery codes left` : 'None: the password alone opens'}</Status>
        {failed && <Note class="bad">{failed}</Note>}
        {offer ? (
          <form className={parts.form} onSubmit={enable}>
            <p>Scan this with an authenticator app, or type the secret into it. Then enter the first code.</p>
            <img className={css.qr} alt="QR code of the secret" src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(offer.qr)}`} />
            <Command text={offer.secret} />
            <TextInput label="First code" inputMode="numeric" autoComplete="one-time-code" maxLength={6} value={code} onChange={(event) => type(event.currentTarget.value)} />
            <div className={parts.toolbar}><span><Button type="submit" variant="filled" loading={busy}>Put it into force</Button> <Button onClick={() => put(null)}>Cancel</Button></span></div>
          </form>
        ) : <div>{data?.secondFactor ? <Button onClick={() => end(true)}>Do without it…</Button> : <Button loading={busy} onClick={() => void begin()}>Set it up</Button>}</div>}
      </div>
      {codes.length > 0 && <Shown title="Recovery codes" secret={codes.join('\n')} note="Each opens once, where the device is lost. They are shown this once: keep them apart from it." close={() => show([])} />}
      {ending && <Confirmation title="Do without the second factor?" verb="Remove it" danger close={() => end(false)} run={async () => { await ask('/session/second-factor', {method: 'DELETE'}); again(); }}><p>The password alone opens then.</p></Confirmation>}
    </Card>
  );
}

const lastUsedFirst = (sessions: SessionEntry[]) => [...sessions].sort((a, b) => b.usedAt.localeCompare(a.usedAt));

function Sessions() {
  const sessions = useSessions();
  const revoke = async (id: string) => {
    try {
      await ask(`/sessions/${id}`, {method: 'DELETE'});
    } catch (why) {
      say('bad', reason(why));
    }
    void queries.invalidateQueries({queryKey: ['sessions']});
  };
  return (
    <Reading of={[sessions]} rows={2}>{() => (
      <Card title="Sessions" side={sessions.data!.items.length}>
        <div className={parts.rows}>{lastUsedFirst(sessions.data!.items).map((one) => (
          <div key={one.id}>
            <div className={parts.rowText}><p className={parts.rowTitle}>{one.address || 'unknown address'}{one.current && ' (this one)'}</p><p>{one.user}, <span title={one.client}>{clientWords(one.client)}</span>; since <Ago at={one.createdAt} />, used <Ago at={one.usedAt} /></p></div>
            {!one.current && <Button size="xs" onClick={() => void revoke(one.id)}>End it</Button>}
          </div>
        ))}</div>
      </Card>
    )}</Reading>
  );
}

function Keys() {
  const [on, turn] = useState(localStorage.getItem('keys') !== 'off');
  return (
    <Card title="Keyboard" flush={false}>
      <Switch label="Single keys do something (? lists them)" checked={on} onChange={(event) => { turn(event.currentTarget.checked); localStorage.setItem('keys', event.currentTarget.checked ? 'on' : 'off'); }} />
    </Card>
  );
}
