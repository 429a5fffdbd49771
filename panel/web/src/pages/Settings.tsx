// SPDX-License-Identifier: Apache-2.0
// What holds for the whole edge.
import {Button, TextInput} from '@mantine/core';
import {type FormEvent, useEffect, useState} from 'react';
import {ask, Problem} from '../api/client';
import {queries, useMay, useSettings} from '../api/queries';
import type {SettingsSpec} from '../api/types';
import {Card, Origin, Page, Reading, parts, useTitle} from '../ui/parts';
import {History} from '../ui/History';
import {reason, say} from '../ui/toast';

const defaults: SettingsSpec = {acmeEmail: '', gracePeriod: '10s', streamCloseDelay: '5m', retryFor: '5s', drift: {caddy: 'heal', manifests: 'heal', certificates: 'heal'}, historyLimit: 10_000};
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
  return <Page title="Settings"><Reading of={[settings]}>{() => <Form key={settings.data!.items[0]?.metadata.generation ?? 0} />}</Reading></Page>;
}

function Form() {
  const held = useSettings().data!.items[0];
  const may = useMay('change') && held?.metadata.managedBy !== 'manifest';
  const [spec, set] = useState<SettingsSpec>(held?.spec ?? defaults);
  const [problem, fail] = useState<Problem | null>(null);
  const [busy, work] = useState(false);
  const dirty = JSON.stringify(spec) !== JSON.stringify(held?.spec ?? defaults);
  const send = (dry: boolean) => ask(`/settings/default${dry ? '?dryRun=true' : ''}`, {method: 'PUT', body: {spec}});
  useEffect(() => {
    if (!dirty) return fail(null);
    let late = false;
    const timer = setTimeout(() => { send(true).then(() => { if (!late) fail(null); }, (why) => { if (!late && why instanceof Problem) fail(why); }); }, 250);
    return () => { late = true; clearTimeout(timer); };
    // eslint-disable-next-line
  }, [spec, dirty]);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    work(true);
    try {
      await send(false);
      say('ok', 'The settings are in force');
      void queries.invalidateQueries({queryKey: ['settings']});
    } catch (why) {
      if (why instanceof Problem) fail(why);
      say('bad', reason(why));
    } finally {
      work(false);
    }
  };
  const error = (name: string) => { const found = problem?.errors.find((one) => one.path === `spec.${name}`); return found && [found.message, found.hint].filter(Boolean).join('; '); };
  return (
    <div className={parts.narrow}>
      <Card title="This gateway" side={held && <Origin meta={held.metadata} />} flush={false}>
        <form className={parts.form} onSubmit={(event) => void save(event)} noValidate>
          {fields.map(({name, label, more}) => (
            <TextInput key={name} label={label} description={more} readOnly={!may} value={spec[name]} error={error(name)} onChange={(event) => { const text = event.currentTarget.value; set({...spec, [name]: name === 'historyLimit' ? Number(text.replace(/\D/g, '')) : text}); }} />
          ))}
          {may ? <div><Button type="submit" variant="filled" disabled={!dirty || !!problem} loading={busy} data-key="save">Save</Button></div>
            : held?.metadata.managedBy === 'manifest' && <p className={parts.muted}>These come from <code>{held.metadata.owner}</code>. Edit that file; saving it applies it.</p>}
        </form>
      </Card>
      <History kind="Settings" name="default" />
    </div>
  );
}
