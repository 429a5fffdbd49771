// SPDX-License-Identifier: Apache-2.0
// Ctrl K: any page, host, target group or certificate by a few letters, and the keys.
import {Modal, TextInput} from '@mantine/core';
import {useMemo, useState} from 'react';
import {useLocation} from 'wouter';
import {useCertificates, useHosts, useTargetGroups} from '../api/queries';
import {Icon, type IconName} from '../ui/Icon';
import css from './Find.module.css';
import {help} from './keys';
import {places} from './nav';

interface Hit {href: string; text: string; more: string; icon: IconName}

export function Find({opened, close}: {opened: boolean; close: () => void}) {
  return (
    <Modal opened={opened} onClose={close} size={560} centered={false} yOffset="10vh" title="Find or do" closeButtonProps={{'aria-label': 'Close'}}>
      {opened && <Search close={close} />}
    </Modal>
  );
}

function Search({close}: {close: () => void}) {
  const [, go] = useLocation();
  const [text, type] = useState('');
  const [at, move] = useState(0);
  const hosts = useHosts().data, groups = useTargetGroups().data, certificates = useCertificates().data;
  const all = useMemo<Hit[]>(() => [
    ...places.map((one) => ({href: one.href, text: one.text, more: 'page', icon: one.icon})),
    {href: '/hosts/new', text: 'Add host', more: 'do', icon: 'plus'},
    {href: '/target-groups/new', text: 'Add target group', more: 'do', icon: 'plus'},
    {href: '/certificates?import', text: 'Import a certificate', more: 'do', icon: 'upload'},
    {href: '/me', text: 'Your account', more: 'page', icon: 'user'},
    ...(hosts?.items ?? []).map((one) => ({href: `/hosts/${one.metadata.name}`, text: one.spec.domain, more: one.metadata.name, icon: 'hosts' as const})),
    ...(groups?.items ?? []).map((one) => ({href: `/target-groups/${one.metadata.name}`, text: one.metadata.name, more: 'target group', icon: 'groups' as const})),
    ...(certificates?.items ?? []).map((one) => ({href: `/certificates/${one.metadata.name}`, text: one.metadata.name, more: 'certificate', icon: 'certificates' as const})),
  ], [hosts, groups, certificates]);
  const wanted = text.trim().toLowerCase();
  const hits = all.filter((one) => `${one.text} ${one.more}`.toLowerCase().includes(wanted)).slice(0, 12);
  const open = (hit: Hit | undefined) => {
    if (!hit) return;
    close();
    go(hit.href);
  };
  return (
    <>
      <TextInput data-autofocus aria-label="Find or do" placeholder="A page, a host, a target group…" value={text} leftSection={<Icon name="search" size={16} />} className={css.input}
        onChange={(event) => { type(event.currentTarget.value); move(0); }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') { event.preventDefault(); move(Math.min(at + 1, hits.length - 1)); }
          if (event.key === 'ArrowUp') { event.preventDefault(); move(Math.max(at - 1, 0)); }
          if (event.key === 'Enter') open(hits[at]);
        }} />
      <ul className={css.hits}>
        {hits.map((hit, index) => (
          <li key={hit.href}><button type="button" className={css.hit} data-here={index === at} onClick={() => open(hit)}><Icon name={hit.icon} size={16} /><span>{hit.text}</span><small>{hit.more}</small></button></li>
        ))}
        {hits.length === 0 && <li className={css.none}>Nothing matches “{text}”.</li>}
      </ul>
      <dl className={css.keys}>{help.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}</dl>
    </>
  );
}
