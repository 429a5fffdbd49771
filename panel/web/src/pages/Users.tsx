// SPDX-License-Identifier: Apache-2.0
// Who may come in, and the tokens of programs.
import {Button, Menu, NativeSelect, TextInput} from '@mantine/core';
import {useState} from 'react';
import {ask, post} from '../api/client';
import {queries, useIdentity, useMay, useUsers} from '../api/queries';
import type {Role, User} from '../api/types';
import {Confirmation} from '../ui/actions';
import {Ago} from '../ui/Ago';
import {Empty, Page, Reading, RowMenu, parts, useTitle} from '../ui/parts';
import {Shown} from '../ui/Shown';
import {Status} from '../ui/Status';
import {reason, say} from '../ui/toast';
import {Tokens} from '../ui/Tokens';

const again = () => void queries.invalidateQueries({queryKey: ['users']});

export default function Users() {
  useTitle('Users');
  const administers = useMay('administer');
  if (!administers) return <Page title="Users"><div className={parts.card}><Empty title="Users are an admin’s">Your own account is under your name, below the navigation.</Empty></div></Page>;
  return <List />;
}

function List() {
  const users = useUsers();
  const me = useIdentity().data?.user;
  const [adding, add] = useState(false);
  const [once, show] = useState<{title: string; secret: string} | null>(null);
  const [asking, confirm] = useState<{user: User; what: 'disable' | 'password' | 'factor'} | null>(null);
  const change = async (name: string, body: object, done: string) => {
    try {
      await ask(`/users/${name}`, {method: 'PATCH', body});
      say('ok', done);
    } catch (failed) {
      say('bad', reason(failed));
    }
    again();
  };
  const run = async () => {
    const {user, what} = asking!;
    if (what === 'disable') await change(user.name, {disabled: true}, `${user.name} is disabled`);
    if (what === 'factor') await ask(`/users/${user.name}/second-factor`, {method: 'DELETE'}).then(() => say('ok', `${user.name} logs in without a second factor`));
    if (what === 'password') {
      const {password} = await post<User>(`/users/${user.name}/reset-password`);
      show({title: `The first password of ${user.name}`, secret: password ?? ''});
    }
    again();
  };
  return (
    <Page title="Users" actions={<Button variant="filled" data-key="n" onClick={() => add(true)}>Add user</Button>}>
      <Reading of={[users]}>{() => (
        <div className={`${parts.card} ${parts.scroll}`} tabIndex={0}>
          <table className={`${parts.table} ${parts.phone}`}>
            <thead><tr><th>Name</th><th>Role</th><th>State</th><th>Second factor</th><th>Last login</th><th><span className="sr-only">Actions</span></th></tr></thead>
            <tbody>{users.data!.items.map((user) => (
              <tr key={user.name}>
                <td data-phone="main" className={parts.main}>{user.name}{user.name === me && <span className={parts.muted}> (you)</span>}</td><td>{user.role}</td>
                <td data-phone="status"><Status of={user.disabled ? 'off' : user.mustChangePassword ? 'unknown' : 'ok'}>{user.disabled ? 'Disabled' : user.mustChangePassword ? 'Not logged in yet' : 'Active'}</Status></td>
                <td data-phone="hide">{user.secondFactor ? 'yes' : 'no'}</td><td data-phone="hide"><Ago at={user.lastLoginAt} /></td>
                <td data-phone="menu" className={parts.right}><RowMenu label={`Actions for ${user.name}`}>
                  {(['viewer', 'operator', 'admin'] as Role[]).filter((role) => role !== user.role).map((role) => <Menu.Item key={role} onClick={() => void change(user.name, {role}, `${user.name} is ${role} now`)}>Make {role}</Menu.Item>)}
                  <Menu.Item onClick={() => confirm({user, what: 'password'})}>Reset password…</Menu.Item>
                  {user.secondFactor && <Menu.Item onClick={() => confirm({user, what: 'factor'})}>Remove second factor…</Menu.Item>}
                  {user.disabled ? <Menu.Item onClick={() => void change(user.name, {disabled: false}, `${user.name} may come in again`)}>Enable</Menu.Item> : <Menu.Item data-danger onClick={() => confirm({user, what: 'disable'})}>Disable…</Menu.Item>}
                </RowMenu></td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}</Reading>
      <Tokens title="Tokens of all" />
      {adding && <Add close={() => add(false)} made={(user) => { again(); show({title: `The first password of ${user.name}`, secret: user.password ?? ''}); }} />}
      {asking && <Confirmation title={{disable: `Disable ${asking.user.name}?`, password: `Reset the password of ${asking.user.name}?`, factor: `Remove the second factor of ${asking.user.name}?`}[asking.what]}
        verb={{disable: 'Disable', password: 'Reset', factor: 'Remove'}[asking.what]} danger={asking.what === 'disable'} close={() => confirm(null)} run={run}>
        <p>{asking.what === 'factor' ? 'For somebody who lost the device. The password alone opens until another factor is set up.' : 'Every session ends at once.'}</p></Confirmation>}
      {once && <Shown {...once} note="It must be changed at the first login. It is shown this once." close={() => show(null)} />}
    </Page>
  );
}

function Add({close, made}: {close: () => void; made: (user: User) => void}) {
  const [name, type] = useState('');
  const [role, choose] = useState('operator');
  return (
    <Confirmation title="Add a user" verb="Add user" close={close} run={async () => made(await post<User>('/users', {name, role}))}>
      <TextInput label="Name" data-autofocus value={name} autoCapitalize="none" onChange={(event) => type(event.currentTarget.value)} />
      <NativeSelect label="Role" value={role} onChange={(event) => choose(event.currentTarget.value)} data={[{value: 'viewer', label: 'Viewer: reads everything but accounts'}, {value: 'operator', label: 'Operator: also changes hosts, certificates and settings'}, {value: 'admin', label: 'Admin: also users, tokens, keys and restoring'}]} />
    </Confirmation>
  );
}
