// SPDX-License-Identifier: Apache-2.0
// What holds for the whole edge.
import {Button, TextInput} from '@mantine/core';
import {queries, useMay, useSettings} from '../api/queries';
import type {SettingsSpec} from '../api/types';
import type {Held} from '../ui/conflict';
import {useForm, useHeld} from '../ui/form';
import {Card, Note, Origin, Page, Reading, parts, useTitle} from '../ui/parts';
import {settingsDefaults} from '../model/defaults';
import {History} from '../ui/History';
import {say} from '../ui/toast';

const fields: {name: 'acmeEmail' | 'gracePeriod' | 'streamCloseDelay' | 'retryFor' | 'historyLimit'; label: string; more: string}[] = [
  {name: 'acmeEmail', label: 'Email for the certificate authority', more: 'Where a host names none.'},
  {name: 'gracePeriod', label: 'Grace period', more: 'How long requests of the former configuration may run on after a change; 1s to 1h.'},
  {name: 'streamCloseDelay', label: 'Websockets outlive a change by', more: 'Caddy 2.7 and newer; up to 24h.'},
  {name: 'retryFor', label: 'A request looks for a target for', more: 'Up to 1m.'},
  {name: 'historyLimit', label: 'Revisions kept', more: 'Of all objects together; 100 to 1,000,000.'},
];

export default function Settings() {
  useTitle('Settings');
  const settings = useSettings();
  const held = useHeld<SettingsSpec>('settings', settings.data?.items[0]?.metadata.generation ?? 0);
  return <Page title="Settings"><Reading of={[settings, held]}>{() => <Form held={held.data!} />}</Reading></Page>;
}

const stored = () => {
  say('ok', 'The settings are in force');
  void queries.invalidateQueries({queryKey: ['settings']});
};

function Form({held: now}: {held: Held<SettingsSpec>}) {
  const held = now.object;
  const may = useMay('change') && held?.metadata.managedBy !== 'manifest';
  const {spec, set, dirty, busy, sound, failed, error, conflict, save} = useForm({plural: 'settings', kind: 'Settings'}, now, settingsDefaults, stored);
  return (
    <div className={parts.narrow}>
      <Card title="This gateway" side={held && <Origin meta={held.metadata} />} flush={false}>
        <form className={parts.form} onSubmit={(event) => { event.preventDefault(); save(); }} noValidate>
          {conflict}
          {fields.map(({name, label, more}) => (
            <TextInput key={name} label={label} description={more} readOnly={!may} value={spec[name]} error={error(name)} onChange={(event) => { const text = event.currentTarget.value; set({...spec, [name]: name === 'historyLimit' ? Number(text.replace(/\D/g, '')) : text}); }} />
          ))}
          {failed && <Note class="bad">{failed}</Note>}
          {may ? <div><Button type="submit" variant="filled" disabled={!dirty || !sound} loading={busy} data-key="save">Save</Button></div>
            : held?.metadata.managedBy === 'manifest' && <p className={parts.muted}>These come from <code>{held.metadata.owner}</code>. Edit that file; saving it applies it.</p>}
        </form>
      </Card>
      <History kind="Settings" name="default" />
    </div>
  );
}
