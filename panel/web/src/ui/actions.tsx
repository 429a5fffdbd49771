// SPDX-License-Identifier: Apache-2.0
// What is done to objects from rows and heads: delete, suspend, resume, switch. Each says first what it affects.
import {Button, Modal, TextInput} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {type ReactNode, useState} from 'react';
import {amend, ask, post, Problem} from '../api/client';
import {queries, useHosts} from '../api/queries';
import type {DryRun, Host, HostSpec} from '../api/types';
import {list} from '../model/words';
import {Diff} from './Diff';
import dialog from './dialog.module.css';
import {Note, parts} from './parts';
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
    say('ok', `${name} is deleted`, {text: 'Undo', run: () => void undo(plural, name)});
    after?.();
  };
  return (
    <Confirmation title={`Delete ${words[plural]} ${name}?`} sub="Nothing has changed yet." verb={`Delete ${name}`} danger close={close} run={run}>
      {host && <p><b>{host.spec.domain}</b> will answer 404. {host.spec.tls.mode !== 'none' && 'Its certificate stays with Caddy.'}</p>}
      {users.length > 0 && <Note class="warn" title={`${list(users.map((one) => one.metadata.name))} would lose ${users.length === 1 ? 'its' : 'their'} target group`}>Caddy goes on with what it runs of {users.length === 1 ? 'it' : 'them'}, as not wanted so.</Note>}
      {plural === 'certificates' && <p>The host keeps what Caddy runs until another certificate is there; a host without one is not served over HTTPS after that.</p>}
      {trial && trial.caddy.diff && <Diff text={trial.caddy.diff} label="What will change in Caddy" />}
      {trial && !trial.caddy.diff && <p className={parts.muted}>Nothing changes in Caddy.</p>}
    </Confirmation>
  );
}

const kindOf = {hosts: 'Host', targetgroups: 'TargetGroup', certificates: 'Certificate'};
async function undo(plural: Plural, name: string) {
  try {
    await post('/undo', {kind: kindOf[plural], name});
    say('ok', `${name} is back`);
  } catch (why) {
    say('bad', reason(why));
  }
}

export function useSuspending() {
  const [object, put] = useState<{kind: string; name: string} | null>(null);
  const resume = async (kind: string, name: string) => {
    try {
      await post('/resume', {kind, name});
      say('ok', `${name} is looked after again`);
    } catch (why) {
      say('bad', reason(why));
    }
    void queries.invalidateQueries();
  };
  return {ask: (kind: string, name: string) => put({kind, name}), resume, dialog: object && <Suspending {...object} close={() => put(null)} />};
}

function Suspending({kind, name, close}: {kind: string; name: string; close: () => void}) {
  const [note, type] = useState('');
  const run = async () => {
    await post('/suspend', {kind, name, note});
    say('paused', `argos leaves ${name} alone until you resume it`);
    void queries.invalidateQueries();
  };
  return (
    <Confirmation title={`Suspend ${name}?`} verb={`Suspend ${name}`} close={close} run={run}>
      <p>argos leaves {name} alone, so that you can work on it by hand: nothing is put right, and changes of it wait until you resume it.</p>
      <TextInput label="Why" placeholder="debugging headers" value={note} data-autofocus onChange={(event) => type(event.currentTarget.value)} description="Whoever wonders later reads this." />
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
