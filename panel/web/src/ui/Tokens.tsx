// SPDX-License-Identifier: Apache-2.0
// Tokens of programs: until when, when last used, and made or revoked here.
import {Button, NativeSelect, TextInput} from '@mantine/core';
import {useState} from 'react';
import {ask, post} from '../api/client';
import {queries, useTokens} from '../api/queries';
import {fullDate} from '../model/words';
import {Confirmation} from './actions';
import {Ago} from './Ago';
import {Card, parts} from './parts';
import {Shown} from './Shown';
import {say} from './toast';

const again = () => void queries.invalidateQueries({queryKey: ['tokens']});

export function Tokens({title}: {title: string}) {
  const {data} = useTokens();
  const [making, make] = useState(false);
  const [secret, show] = useState('');
  const [gone, revoke] = useState('');
  return (
    <Card title={title} side={<button type="button" className={parts.link} onClick={() => make(true)}>New token</button>}>
      <div className={parts.rows}>
        {data?.items.map((one) => (
          <div key={one.id}>
            <div className={parts.rowText}><p className={parts.rowTitle}>{one.name}</p><p>{one.role}{one.owner && `, of ${one.owner}`}; until {one.expiresAt ? fullDate(one.expiresAt) : 'revoked'}; last used <Ago at={one.usedAt} />{one.usedFrom && ` from ${one.usedFrom}`}</p></div>
            <Button size="xs" onClick={() => revoke(one.id)} aria-label={`Revoke ${one.name}`}>Revoke…</Button>
          </div>
        ))}
        {data?.items.length === 0 && <p className={parts.muted}>None. A token lets a program use the API with a role.</p>}
      </div>
      {making && <New close={() => make(false)} made={(token) => { again(); show(token); }} />}
      {secret && <Shown title="The new token" secret={secret} note="Only a hash of it is kept: it is shown this once." close={() => show('')} />}
      {gone && <Confirmation title="Revoke this token?" verb="Revoke" danger close={() => revoke('')} run={async () => { await ask(`/tokens/${gone}`, {method: 'DELETE'}); say('ok', 'The token opens nothing any more'); again(); }}><p>What uses it is refused at once.</p></Confirmation>}
    </Card>
  );
}

function New({close, made}: {close: () => void; made: (token: string) => void}) {
  const [name, type] = useState('');
  const [role, choose] = useState('viewer');
  const [expires, until] = useState('90d');
  return (
    <Confirmation title="New token" verb="Make token" close={close} run={async () => made((await post<{token: string}>('/tokens', {name, role, expires})).token)}>
      <TextInput label="Name" placeholder="ci-deploy" data-autofocus value={name} onChange={(event) => type(event.currentTarget.value)} />
      <div className={parts.formRow}>
        <NativeSelect label="Role" value={role} onChange={(event) => choose(event.currentTarget.value)} data={['viewer', 'operator', 'admin']} />
        <NativeSelect label="Valid for" value={expires} onChange={(event) => until(event.currentTarget.value)} data={[{value: '30d', label: '30 days'}, {value: '90d', label: '90 days'}, {value: '365d', label: 'a year'}, {value: 'never', label: 'until revoked'}]} />
      </div>
    </Confirmation>
  );
}
