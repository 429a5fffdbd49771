// SPDX-License-Identifier: Apache-2.0
// What is done to objects from rows and heads: delete, suspend, resume, switch. Each says first what it affects.
import {Button, Modal, NativeSelect, TextInput} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {type ReactNode, useState} from 'react';
import {amend, ask, post, Problem} from '../api/client';
import {queries, useCertificates, useHosts, useStatus, useTargetGroups} from '../api/queries';
import type {DryRun, Host, HostSpec} from '../api/types';
import {list} from '../model/words';
import {WillChange} from './WillChange';
import dialog from './dialog.module.css';
import {Note} from './parts';
import {useTask} from './task';
import {reason, say} from './toast';

type Plural = 'hosts' | 'targetgroups' | 'certificates';
const words = {hosts: 'host', targetgroups: 'target group', certificates: 'certificate'};

export function Confirmation({title, sub, verb, danger, close, run, children}: {
  title: string; sub?: string; verb: string; danger?: boolean; close: () => void; run: () => Promise<unknown>; children: ReactNode;
}) {
  const {busy, failed, run: begin} = useTask();
  const act = async () => { if (await begin(run)) close(); };
  return (
    <Modal opened onClose={close} size={560} title={<>{title}{sub && <span className={dialog.sub}>{sub}</span>}</>} closeButtonProps={{'aria-label': 'Close'}}>
      <div className={dialog.body}>{children}{failed && <Note class="bad">{failed}</Note>}</div>
      <div className={dialog.bar}><span /><Button onClick={close}>Cancel</Button><Button variant="filled" data-danger={danger || undefined} loading={busy} onClick={act}>{verb}</Button></div>
    </Modal>
  );
}

export function useRemoval(plural: Plural, after?: () => void) {
  const [name, ask] = useState('');
  return {ask, dialog: name && <Removal plural={plural} name={name} close={() => ask('')} after={after} />};
}

function Removal({plural, name, close, after}: {plural: Plural; name: string; close: () => void; after?: () => void}) {
  const hosts = useHosts().data?.items ?? [];
  const {data: trial} = useQuery<DryRun, Problem>({
    queryKey: ['removal', plural, name], gcTime: 0, queryFn: async () => (await ask<DryRun>(`/${plural}/${name}?dryRun=true`, {method: 'DELETE'})).body,
  });
  const host = plural === 'hosts' ? hosts.find((one) => one.metadata.name === name) : undefined;
  const users = plural === 'targetgroups' ? hosts.filter((one) => one.spec.targetGroup === name) : [];
  const run = async () => {
    await ask(`/${plural}/${name}`, {method: 'DELETE'});
    say('ok', `${name} is deleted`, {text: 'Undo', run: () => void undo(kindOf[plural], name)});
    after?.();
  };
  return (
    <Confirmation title={`Delete ${words[plural]} ${name}?`} sub="Nothing has changed yet." verb={`Delete ${name}`} danger close={close} run={run}>
      {host && <p><b>{host.spec.domain}</b> will answer 404. {host.spec.tls.mode !== 'none' && 'Its certificate stays with Caddy.'}</p>}
      {users.length > 0 && <Note class="warn" title={`${list(users.map((one) => one.metadata.name))} would lose ${users.length === 1 ? 'its' : 'their'} target group`}>Caddy goes on with what it runs of {users.length === 1 ? 'it' : 'them'}, as not wanted so.</Note>}
      {plural === 'certificates' && <p>The host keeps what Caddy runs until another certificate is there; a host without one is not served over HTTPS after that.</p>}
      {trial && <WillChange preview={trial.caddy} />}
    </Confirmation>
  );
}

const kindOf = {hosts: 'Host', targetgroups: 'TargetGroup', certificates: 'Certificate'};
export async function undo(kind: string, name: string) {
  try {
    await post('/undo', {kind, name});
    say('ok', `${name} is as it was before`);
  } catch (why) {
    say('bad', reason(why));
  }
}

export function useSuspending() {
  const [object, put] = useState<Suspendable | null>(null);
  const resume = async (kind: string, name: string) => {
    try {
      await post('/resume', {kind, name});
      say('ok', `${name} is looked after again`);
    } catch (why) {
      say('bad', reason(why));
    }
    void queries.invalidateQueries();
  };
  return {ask: (kind = '', name = '') => put({kind, name}), resume, dialog: object && <Suspending of={object} close={() => put(null)} />};
}

interface Suspendable {kind: string; name: string}
const whiles = [
  {value: '30m', label: '30 minutes'}, {value: '2h', label: '2 hours'}, {value: '8h', label: '8 hours'}, {value: '24h', label: 'A day'}, {value: '168h', label: 'A week'},
  {value: '', label: 'Until somebody resumes it'},
];

// Everything that may be left alone, as "Host/app".
function useSuspendable(): string[] {
  const hosts = useHosts().data, groups = useTargetGroups().data, certificates = useCertificates().data, controllers = useStatus().data?.controllers ?? [];
  const names = (items: {kind: string; metadata: {name: string}}[] | undefined) => (items ?? []).map((one) => `${one.kind}/${one.metadata.name}`);
  return [...names(hosts?.items), ...names(groups?.items), ...names(certificates?.items),
    ...controllers.filter((one) => !['migrations', 'drift'].includes(one.name)).map((one) => `Controller/${one.name}`)];
}

// Of one object, or of one that is chosen first.
function Suspending({of, close}: {of: Suspendable; close: () => void}) {
  const objects = useSuspendable();
  const [chosen, choose] = useState(of.name ? `${of.kind}/${of.name}` : objects[0] ?? '');
  const [lasts, last] = useState('2h');
  const [note, type] = useState('');
  const [kind, name] = chosen.split('/') as [string, string];
  const words = whiles.find((one) => one.value === lasts)!.label.toLowerCase();
  const run = async () => {
    await post('/suspend', {kind, name, note, ...(lasts && {for: lasts})});
    say('paused', `argos leaves ${name} alone${lasts ? ` for ${words}` : ' until you resume it'}`);
    void queries.invalidateQueries();
  };
  return (
    <Confirmation title={of.name ? `Suspend ${name}?` : 'Suspend'} verb={`Suspend ${name}`} close={close} run={run}>
      {!of.name && <NativeSelect label="What" value={chosen} onChange={(event) => choose(event.currentTarget.value)} data={objects} data-autofocus />}
      <p>argos leaves {name} alone, so that you can work on it by hand: nothing is put right, and changes of it wait until it is resumed.</p>
      <NativeSelect label="For how long" value={lasts} onChange={(event) => last(event.currentTarget.value)} data={whiles} description={lasts ? 'Then argos resumes it by itself and puts right what differs.' : 'argos says so once an hour in its log.'} />
      <TextInput label="Why" placeholder="debugging headers" value={note} data-autofocus={of.name ? true : undefined} onChange={(event) => type(event.currentTarget.value)} description="Whoever wonders later reads this." />
    </Confirmation>
  );
}

export function useSwitching() {
  return async (host: Host) => {
    const {name} = host.metadata;
    const turn = (enabled: boolean) => amend<HostSpec>(`/hosts/${name}`, (spec) => ({...spec, enabled}));
    try {
      await turn(!host.spec.enabled);
      say(host.spec.enabled ? 'off' : 'ok', `${name} is switched ${host.spec.enabled ? 'off' : 'on'}`, {text: 'Undo', run: () => void turn(host.spec.enabled)});
    } catch (why) {
      say('bad', reason(why));
    }
  };
}
