// SPDX-License-Identifier: Apache-2.0
// The fields of a target group.
import {Button, NativeSelect, Switch, TextInput} from '@mantine/core';
import type {TargetGroupSpec, TargetSpec} from '../api/types';
import dialog from '../ui/dialog.module.css';
import {type Draft, Editor, kinds} from '../ui/editor';
import {Icon} from '../ui/Icon';
import {parts} from '../ui/parts';
import css from './TargetGroups.module.css';

const fresh: TargetSpec = {host: '', port: 80, weight: 1, enabled: true};
const start: TargetGroupSpec = {
  protocol: 'http', verifyTls: true, algorithm: 'round_robin', preserveHost: true, targets: [fresh],
  healthCheck: {enabled: true, path: '/', method: 'GET', expectStatus: '2xx', interval: '30s', timeout: '5s', fails: 1, passes: 1},
};

export function TargetGroupEditor({name, focus, close}: {name: string | null; focus?: string; close: (saved?: string) => void}) {
  return (
    <Editor<TargetGroupSpec> of={kinds.group} name={name} start={start} focus={focus} close={close}>
      {(draft, naming) => <Fields draft={draft} {...naming} />}
    </Editor>
  );
}

// "10.0.20.14:3000", "[::1]:80" or "10.0.20.14" -> host and port
function read(address: string, port: number): {host: string; port: number} {
  const whole = /^\[?([^\]]*?)\]?:(\d{1,5})$/.exec(address.trim());
  if (whole && (address.trim().startsWith('[') || !whole[1]!.includes(':'))) return {host: whole[1]!, port: Number(whole[2])};
  return {host: address.trim().replace(/^\[|\]$/g, ''), port};
}

function Fields({draft: {spec, set, error, isNew}, name, setName}: {draft: Draft<TargetGroupSpec>; name: string; setName: (name: string) => void}) {
  const put = (at: number, change: Partial<TargetSpec>) => set('targets', spec.targets.map((one, index) => (index === at ? {...one, ...change} : one)));
  return (
    <>
      {isNew && <TextInput name="name" label="Name" required autoFocus value={name} error={error('name')} description="Lower-case letters, digits and dashes: what hosts refer to." spellCheck={false} autoCapitalize="none" onChange={(event) => setName(event.currentTarget.value)} />}
      <fieldset className={css.targets}>
        <legend className={dialog.label}>Targets</legend>
        {spec.targets.map((one, at) => (
          <div key={at} className={css.target}>
            <TextInput label={at === 0 ? 'Address' : undefined} aria-label={`Address of target ${at + 1}`} placeholder="10.0.20.14" value={one.host} error={error(`targets[${at}].host`)} spellCheck={false}
              onChange={(event) => put(at, {host: event.currentTarget.value})} onBlur={(event) => put(at, read(event.currentTarget.value, one.port))} />
            <TextInput label={at === 0 ? 'Port' : undefined} aria-label={`Port of target ${at + 1}`} inputMode="numeric" value={one.port || ''} error={error(`targets[${at}].port`)} onChange={(event) => put(at, {port: Number(event.currentTarget.value.replace(/\D/g, ''))})} />
            <TextInput label={at === 0 ? 'Weight' : undefined} aria-label={`Weight of target ${at + 1}`} inputMode="numeric" value={one.weight} error={error(`targets[${at}].weight`)} onChange={(event) => put(at, {weight: Number(event.currentTarget.value.replace(/\D/g, ''))})} />
            <Switch aria-label={`Target ${at + 1} gets requests`} checked={one.enabled} onChange={(event) => put(at, {enabled: event.currentTarget.checked})} className={css.switch} />
            <button type="button" className={parts.iconButton} aria-label={`Remove target ${at + 1}`} onClick={() => set('targets', spec.targets.filter((_, index) => index !== at))}><Icon name="close" size={16} /></button>
          </div>
        ))}
        {error('targets') && <p role="alert">{error('targets')}</p>}
        <div><Button size="xs" leftSection={<Icon name="plus" size={14} />} onClick={() => set('targets', [...spec.targets, {...fresh, port: spec.targets.at(-1)?.port ?? 80}])}>Add target</Button></div>
      </fieldset>
      <div className={parts.formRow}>
        <NativeSelect label="Protocol" value={spec.protocol} onChange={(event) => set('protocol', event.currentTarget.value)} data={[{value: 'http', label: 'HTTP'}, {value: 'https', label: 'HTTPS'}]} description="How Caddy speaks to the targets." />
        <NativeSelect label="How a request picks its target" value={spec.algorithm} onChange={(event) => set('algorithm', event.currentTarget.value)}
          data={[{value: 'round_robin', label: 'In turn'}, {value: 'least_conn', label: 'Fewest connections'}, {value: 'ip_hash', label: 'By the visitor’s address'}, {value: 'random', label: 'By chance'}]} />
      </div>
      {spec.protocol === 'https' && <Switch label="Refuse a target whose certificate does not verify" checked={spec.verifyTls} onChange={(event) => set('verifyTls', event.currentTarget.checked)} />}
      <Switch label="Targets see the name that the visitor typed" checked={spec.preserveHost} onChange={(event) => set('preserveHost', event.currentTarget.checked)} />
      <Switch label="Check regularly whether they answer" checked={spec.healthCheck.enabled} onChange={(event) => set('healthCheck.enabled', event.currentTarget.checked)} />
      {spec.healthCheck.enabled && (
        <>
          <div className={parts.formRow}>
            <TextInput name="path" label="Health check path" value={spec.healthCheck.path} error={error('healthCheck.path')} spellCheck={false} onChange={(event) => set('healthCheck.path', event.currentTarget.value)} />
            <TextInput label="Expected status" value={spec.healthCheck.expectStatus} error={error('healthCheck.expectStatus')} description="200, or 2xx" onChange={(event) => set('healthCheck.expectStatus', event.currentTarget.value)} />
          </div>
          <div className={parts.formRow}>
            <TextInput label="Every" value={spec.healthCheck.interval} error={error('healthCheck.interval')} onChange={(event) => set('healthCheck.interval', event.currentTarget.value)} />
            <TextInput label="Give up after" value={spec.healthCheck.timeout} error={error('healthCheck.timeout')} onChange={(event) => set('healthCheck.timeout', event.currentTarget.value)} />
          </div>
          <div className={parts.formRow}>
            <TextInput label="Down after" inputMode="numeric" value={spec.healthCheck.fails} error={error('healthCheck.fails')} description="checks that fail, one after another" onChange={(event) => set('healthCheck.fails', Number(event.currentTarget.value.replace(/\D/g, '')))} />
            <TextInput label="Up after" inputMode="numeric" value={spec.healthCheck.passes} error={error('healthCheck.passes')} description="checks that pass, one after another" onChange={(event) => set('healthCheck.passes', Number(event.currentTarget.value.replace(/\D/g, '')))} />
          </div>
        </>
      )}
    </>
  );
}
