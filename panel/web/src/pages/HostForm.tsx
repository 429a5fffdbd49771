// SPDX-License-Identifier: Apache-2.0
// The fields of a host.
import {NativeSelect, SegmentedControl, Switch, Textarea, TextInput} from '@mantine/core';
import {useState} from 'react';
import {useTargetGroups, useTargets} from '../api/queries';
import type {HostSpec} from '../api/types';
import {healthOf} from '../model/status';
import {type Draft, Editor, kinds} from '../ui/editor';
import dialog from '../ui/dialog.module.css';
import {parts} from '../ui/parts';
import {Status} from '../ui/Status';
import {plural} from '../model/words';

const start: HostSpec = {domain: '', aliases: [], targetGroup: '', enabled: true, tls: {mode: 'auto', email: '', challenge: null, acmeCaUrl: ''}, caddyHandlers: []};

const modes = [
  {value: 'auto', label: 'Automatic', hint: 'Caddy gets one from a public authority and renews it. Plain HTTP is redirected.'},
  {value: 'manual', label: 'Imported', hint: 'The certificate that you import for this host. You renew it.'},
  {value: 'internal', label: 'Internal CA', hint: 'From Caddy’s own authority, for names inside the house. Browsers warn until they trust it.'},
  {value: 'none', label: 'None', hint: 'Plain HTTP, readable by everybody on the way.'},
];

// "app.example.com" -> "app", as long as nobody chose a name.
const nameFor = (domain: string) => domain.replace(/^\*\./, 'any-').split('.')[0]!.toLowerCase().replace(/[^a-z0-9-]/g, '').slice(0, 63);

export function HostEditor({name, focus, close}: {name: string | null; focus?: string; close: (saved?: string) => void}) {
  return (
    <Editor<HostSpec> of={kinds.host} name={name} start={start} focus={focus} close={close}>
      {(draft, naming) => <Fields draft={draft} {...naming} />}
    </Editor>
  );
}

function Fields({draft: {spec, set, error, isNew, looked}, name, setName}: {draft: Draft<HostSpec>; name: string; setName: (name: string) => void}) {
  const groups = useTargetGroups().data?.items ?? [];
  const targets = useTargets().data;
  const [more, show] = useState(spec.aliases.length > 0 || spec.caddyHandlers.length > 0);
  const [handlers, typeHandlers] = useState(spec.caddyHandlers.length ? JSON.stringify(spec.caddyHandlers, null, 2) : '');
  const [aliases, typeAliases] = useState(spec.aliases.join('\n'));
  const [broken, setBroken] = useState('');
  const group = groups.find((one) => one.metadata.name === spec.targetGroup);
  const health = group && healthOf(targets, group.metadata.name, group.spec.targets.filter((one) => one.enabled).length);
  const mode = modes.find((one) => one.value === spec.tls.mode)!;
  return (
    <>
      <TextInput name="domain" label="Domain" required autoFocus={isNew} value={spec.domain} error={error('domain')} placeholder="app.example.com"
        description={looked('domain') ? <Status of="ok" strong={false}>Free. May begin with *. for a wildcard.</Status> : 'May begin with *. for a wildcard.'} spellCheck={false} autoCapitalize="none"
        onChange={(event) => {
          const domain = event.currentTarget.value;
          if (isNew && name === nameFor(spec.domain)) setName(nameFor(domain));
          set('domain', domain);
        }} />
      {isNew && <TextInput label="Name" required value={name} error={error('name')} description="What it is called here: lower-case letters, digits and dashes." onChange={(event) => setName(event.currentTarget.value)} />}
      <NativeSelect name="targetGroup" label="Target group" value={spec.targetGroup} error={error('targetGroup')} onChange={(event) => set('targetGroup', event.currentTarget.value)}
        description={health && (group.spec.healthCheck.enabled ? `${health.healthy} of ${plural(health.all, 'target')} healthy` : `${plural(health.all, 'target')}, not checked`)}
        data={[{value: '', label: 'None: the handlers below answer'}, ...groups.map((one) => ({value: one.metadata.name, label: one.metadata.name}))]} />
      <div>
        <p className={dialog.label} id="tls">Certificate</p>
        <SegmentedControl aria-labelledby="tls" data={modes.map(({value, label}) => ({value, label}))} value={spec.tls.mode} onChange={(value) => set('tls.mode', value)} />
        <p className={parts.small}>{mode.hint}</p>
        {error('tls.mode') && <p role="alert">{error('tls.mode')}</p>}
      </div>
      {spec.tls.mode === 'auto' && (
        <div className={parts.formRow}>
          <NativeSelect label="Challenge" value={spec.tls.challenge ?? ''} error={error('tls.challenge')} onChange={(event) => set('tls.challenge', event.currentTarget.value || null)}
            data={[{value: '', label: 'Whichever works'}, 'http', 'tls-alpn', 'dns']} />
          <TextInput label="Email for the CA" value={spec.tls.email} error={error('tls.email')} placeholder="as in Settings" onChange={(event) => set('tls.email', event.currentTarget.value)} />
        </div>
      )}
      <div className={dialog.more}>
        <Switch label="Serve this host" checked={spec.enabled} onChange={(event) => set('enabled', event.currentTarget.checked)} />
        <button type="button" className={parts.link} aria-expanded={more} onClick={() => show(!more)}>{more ? 'Fewer settings' : 'More settings'}</button>
      </div>
      {more && (
        <>
          <Textarea label="More names" autosize={false} rows={2} value={aliases} error={error('aliases')} description="One a line; they answer the same."
            onChange={(event) => {
              typeAliases(event.currentTarget.value);
              set('aliases', event.currentTarget.value.split(/[\s,]+/).filter(Boolean));
            }} />
          {spec.tls.mode === 'auto' && <TextInput label="ACME directory" value={spec.tls.acmeCaUrl} error={error('tls.acmeCaUrl')} placeholder="Let’s Encrypt" onChange={(event) => set('tls.acmeCaUrl', event.currentTarget.value)} />}
          <Textarea name="caddyHandlers" label="Caddy handlers" rows={5} classNames={{input: parts.mono}} value={handlers} error={broken || error('caddyHandlers')} description="A list of raw Caddy handlers, as JSON, put before the proxy."
            spellCheck={false}
            onChange={(event) => {
              const text = event.currentTarget.value;
              typeHandlers(text);
              try {
                const read: unknown = text.trim() ? JSON.parse(text) : [];
                if (!Array.isArray(read)) throw new Error('write a list: [ … ]');
                set('caddyHandlers', read);
                setBroken('');
              } catch (failed) {
                setBroken(`No JSON yet: ${(failed as Error).message}`);
              }
            }} />
        </>
      )}
    </>
  );
}
