// SPDX-License-Identifier: Apache-2.0
// All hosts: search, filters and order live in the URL; only the rows in sight are in the document.
import {Button, Menu, TextInput} from '@mantine/core';
import {useVirtualizer} from '@tanstack/react-virtual';
import {memo, useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef, useState} from 'react';
import {Link, useLocation, useSearchParams} from 'wouter';
import {useHosts, useMay, useTargetGroups, useTargets} from '../api/queries';
import type {Host} from '../api/types';
import {type Class, find, fixOf, healthOf, ofHost, rank, type Verdict} from '../model/status';
import {daysLeft, nearest, plural, told} from '../model/words';
import {useBelieved} from '../shell/fresh';
import {useRemoval, useSuspending, useSwitching} from '../ui/actions';
import {Ago} from '../ui/Ago';
import {Icon} from '../ui/Icon';
import {Domain, Empty, Origin, Page, type Pill, Pills, Reading, RowMenu, parts, useChanged, useTitle} from '../ui/parts';
import {Status, StatusIcon} from '../ui/Status';
import {HostEditor} from './HostForm';
import css from './Hosts.module.css';

interface Row {host: Host; verdict: Verdict; text: string; targets: {healthy: number; all: number; checked: boolean} | null}

const filters: {value: string; text: string; class?: Class; of: (row: Row) => boolean}[] = [
  {value: 'all', text: 'All', of: () => true},
  {value: 'bad', text: 'Not as wanted', class: 'bad', of: ({verdict}) => verdict.class === 'bad'},
  {value: 'warn', text: 'Needs a look', class: 'warn', of: ({verdict}) => verdict.class === 'warn'},
  {value: 'busy', text: 'Changing', class: 'busy', of: ({verdict}) => verdict.class === 'busy' || verdict.class === 'unknown'},
  {value: 'paused', text: 'Suspended', class: 'paused', of: ({verdict}) => verdict.class === 'paused'},
  {value: 'off', text: 'Switched off', class: 'off', of: ({verdict}) => verdict.class === 'off'},
];

const changedAt = (row: Row) => row.host.status.changed?.at ?? '';
const orders: Record<string, {text: string; of: (a: Row, b: Row) => number}> = {
  worst: {text: 'Worst first', of: (a, b) => rank(a.verdict.class) - rank(b.verdict.class)},
  name: {text: 'By domain', of: () => 0},
  changed: {text: 'Changed last', of: (a, b) => changedAt(b).localeCompare(changedAt(a))},
};

const tlsWords = {auto: 'Automatic', manual: 'Imported', internal: 'Internal CA', none: 'Plain HTTP'};

function useRows(): Row[] {
  const hosts = useHosts().data, groups = useTargetGroups().data, targets = useTargets().data;
  const believed = useBelieved();
  return useMemo(() => {
    const groupOf = new Map(groups?.items.map((one) => [one.metadata.name, one]));
    return (hosts?.items ?? []).map((host) => {
      const group = groupOf.get(host.spec.targetGroup);
      const enabled = group?.spec.targets.filter((one) => one.enabled) ?? [];
      const health = group && healthOf(targets, group.metadata.name, enabled.length);
      const addresses = enabled.map((one) => `${one.host}:${one.port}`);
      return {
        host, verdict: believed(ofHost(host)),
        text: [host.metadata.name, host.spec.domain, ...host.spec.aliases, host.spec.targetGroup, ...addresses].join(' ').toLowerCase(),
        targets: health ? {healthy: health.healthy, all: health.all, checked: group.spec.healthCheck.enabled} : null,
      };
    });
  }, [hosts, groups, targets, believed]);
}

export default function Hosts() {
  const hosts = useHosts();
  const rows = useRows();
  const [path, go] = useLocation();
  const [params, setParams] = useSearchParams();
  const may = useMay('change');
  const query = params.get('q') ?? '';
  const [typed, type] = useState(query);
  const deferred = useDeferredValue(typed.trim().toLowerCase());
  const filter = filters.find((one) => one.value === params.get('show')) ?? filters[0]!;
  const origin = params.get('origin') ?? '', tls = params.get('tls') ?? '', sort = params.get('sort') ?? 'worst';
  const put = (name: string, value: string) => setParams((held) => {
    if (value) held.set(name, value);
    else held.delete(name);
    return held;
  }, {replace: true});
  useEffect(() => {
    const timer = setTimeout(() => { if (typed !== query) put('q', typed); }, 300); // the URL follows whoever has stopped typing
    return () => clearTimeout(timer);
  });
  const matching = useMemo(() => rows.filter((row) => row.text.includes(deferred) && (!origin || row.host.metadata.managedBy === origin)
    && (!tls || row.host.spec.tls.mode === tls)), [rows, deferred, origin, tls]);
  const shown = useSettled(useMemo(() => matching.filter(filter.of).sort((a, b) => (orders[sort]?.of(a, b) ?? 0) || (a.host.spec.domain < b.host.spec.domain ? -1 : 1)), [matching, filter, sort]),
  `${deferred}${filter.value}${origin}${tls}${sort}`);
  const bad = rows.filter((row) => row.verdict.class === 'bad').length;
  useTitle('Hosts', bad ? `${bad} not as wanted` : '');
  const pills: Pill[] = filters.map((one) => ({value: one.value, text: one.text, class: one.class, count: matching.filter(one.of).length}))
    .filter((one) => one.count > 0 || ['all', 'bad', filter.value].includes(one.value));
  const edit = path === '/hosts/new' ? null : params.get('edit');
  const close = () => go(`/hosts${location.search.replace(/[?&]edit=[^&]*/, '')}`);
  return (
    <Page title="Hosts" actions={
      <>
        <Button component="a" href="/api/v1/hosts" download="hosts.json" className={css.export}>Export</Button>
        {may && <Button variant="filled" leftSection={<Icon name="plus" size={16} />} data-key="n" onClick={() => go('/hosts/new')}>Add host</Button>}
      </>
    }>
      <Reading of={[hosts]} rows={10}>{() => rows.length === 0
        ? <div className={parts.card}><Empty title="No host yet" action={may && <Button variant="filled" onClick={() => go('/hosts/new')}>Add host</Button>}>A host is a domain and the target group that answers it.</Empty></div>
        : (
          <>
            <div className={parts.toolbar}>
              <TextInput aria-label="Search in hosts" placeholder="Domain, name, target group or address" value={typed} data-key="/" leftSection={<Icon name="search" size={16} />} rightSection={<kbd className={parts.kbd}>/</kbd>}
                onChange={(event) => type(event.currentTarget.value)} />
              <select className={css.select} aria-label="Origin" value={origin} onChange={(event) => put('origin', event.currentTarget.value)}>
                <option value="">Origin: any</option><option value="manifest">Manifest</option><option value="panel">Panel</option><option value="apply">apply</option><option value="system">argos</option>
              </select>
              <select className={css.select} aria-label="Certificate" value={tls} onChange={(event) => put('tls', event.currentTarget.value)}>
                <option value="">TLS: any</option>{Object.entries(tlsWords).map(([value, text]) => <option key={value} value={value}>{text}</option>)}
              </select>
              <select className={css.select} aria-label="Order" value={sort} onChange={(event) => put('sort', event.currentTarget.value === 'worst' ? '' : event.currentTarget.value)}>
                {Object.entries(orders).map(([value, one]) => <option key={value} value={value}>{one.text}</option>)}
              </select>
            </div>
            <Pills label="Show" pills={pills} value={filter.value} onChange={(value) => put('show', value === 'all' ? '' : value)} />
            {shown.length > 0 ? <Table rows={shown} /> : <Nothing typed={typed} rows={rows} clear={() => { type(''); setParams({}); }} />}
          </>
        )}</Reading>
      {(path === '/hosts/new' || edit) && may && <HostEditor key={edit ?? ''} name={edit} close={close} />}
    </Page>
  );
}

function Nothing({typed, rows, clear}: {typed: string; rows: Row[]; clear: () => void}) {
  const near = typed && nearest(typed.toLowerCase(), rows.map((row) => row.host.spec.domain));
  return (
    <div className={parts.card}>
      <Empty title={typed ? `No host matches “${typed}”` : 'No host is like that'} action={<Button onClick={clear}>Clear search</Button>}>{near && `The nearest is ${near}.`}</Empty>
    </div>
  );
}

const pointedInto = () => typeof document !== 'undefined' && document.querySelector('[data-rows]:hover, [data-rows]:focus-within') !== null;
const rest = 2000; // ms that nobody points into the table, before rows change places
const look = 500;

// A status changes in its place at once; rows change places only when nobody points into the table any more, or the wish is another.
function useSettled(rows: Row[], wish: string): Row[] {
  const order = useRef<{wish: string; names: string[]}>({wish: '', names: []});
  const left = useRef(0); // when somebody was seen pointing into it last
  const [, settle] = useState(0);
  if (pointedInto()) left.current = Date.now();
  const names = rows.map((row) => row.host.metadata.name);
  const stays = Date.now() - left.current < rest && order.current.wish === wish && order.current.names.length === names.length;
  const byName = stays ? new Map(rows.map((row) => [row.host.metadata.name, row])) : null;
  const held = byName && order.current.names.map((name) => byName.get(name)).filter((row) => row !== undefined);
  const shown = held?.length === rows.length ? held : rows;
  if (shown === rows) order.current = {wish, names};
  const waits = shown.some((row, at) => row !== rows[at]);
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => {
      if (pointedInto()) left.current = Date.now();
      else if (Date.now() - left.current >= rest) settle((count) => count + 1);
    }, look);
    return () => clearInterval(timer);
  }, [waits]);
  return shown;
}

function Table({rows}: {rows: Row[]}) {
  const outer = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLElement | null>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    scroller.current = document.documentElement;
    setOffset(outer.current?.offsetTop ?? 0);
  }, []);
  const phone = typeof matchMedia !== 'undefined' && matchMedia('(max-width: 767px)').matches;
  const many = rows.length > 200;
  const virtual = useVirtualizer({
    count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => (phone ? 66 : 45), overscan: 12, scrollMargin: offset, enabled: many,
    getItemKey: (index) => rows[index]!.host.metadata.name, observeElementOffset: observeWindow, observeElementRect: observeWindowRect,
  });
  const actions = useRowActions();
  const items = virtual.getVirtualItems();
  return (
    <div className={css.table} role="table" aria-label="Hosts" aria-rowcount={rows.length + 1} data-rows ref={outer}>
      <div role="row" className={css.headRow} aria-rowindex={1}>
        {['Status', 'Host', 'Target group', 'Targets', 'Certificate', 'Origin', 'Changed'].map((text) => <span role="columnheader" key={text}>{text}</span>)}<span role="columnheader"><span className="sr-only">Actions</span></span>
      </div>
      {many ? (
        <div role="rowgroup" style={{height: virtual.getTotalSize(), position: 'relative'}}>
          {items.map((item) => (
            <div key={item.key} ref={virtual.measureElement} data-index={item.index} role="presentation" style={{position: 'absolute', inset: '0 0 auto', transform: `translateY(${item.start - offset}px)`}}>
              <HostRow row={rows[item.index]!} index={item.index} actions={actions} />
            </div>
          ))}
        </div>
      ) : <div role="rowgroup">{rows.map((row, index) => <HostRow key={row.host.metadata.name} row={row} index={index} actions={actions} />)}</div>}
      {actions.dialogs}
    </div>
  );
}

function observeWindow(_: unknown, tell: (offset: number, scrolling: boolean) => void) {
  const listener = () => tell(window.scrollY, false);
  listener();
  addEventListener('scroll', listener, {passive: true});
  return () => removeEventListener('scroll', listener);
}
function observeWindowRect(_: unknown, tell: (rect: {width: number; height: number}) => void) {
  const listener = () => tell({width: innerWidth, height: innerHeight});
  listener();
  addEventListener('resize', listener);
  return () => removeEventListener('resize', listener);
}

function useRowActions() {
  const [, go] = useLocation();
  const may = useMay('change');
  const removal = useRemoval('hosts');
  const suspending = useSuspending();
  const switching = useSwitching();
  return {go, may, removal: removal.ask, suspend: suspending.ask, resume: suspending.resume, switching, dialogs: <>{removal.dialog}{suspending.dialog}</>};
}
type RowActions = ReturnType<typeof useRowActions>;

const HostRow = memo(function HostRow({row: {host, verdict, targets}, index, actions}: {row: Row; index: number; actions: RowActions}) {
  const {name} = host.metadata;
  const why = verdict.class === 'bad' || verdict.class === 'warn' || verdict.class === 'paused' ? told(verdict.why?.message ?? '') : '';
  const mine = host.metadata.managedBy !== 'manifest' && host.metadata.managedBy !== 'system';
  const fix = actions.may && verdict.class === 'bad' && host.metadata.managedBy !== 'system' ? fixOf(host, verdict) : null;
  const changed = useChanged(`${verdict.class} ${verdict.word} ${host.metadata.generation}`);
  return (
    <div role="row" className={css.row} aria-rowindex={index + 2} data-changed={changed}>
      <span role="cell" className={css.status}><Status of={verdict.class}>{verdict.word}</Status></span>
      <span role="cell" className={css.host}><Link href={`/hosts/${name}`} data-row><Domain name={host.spec.domain} /></Link>{name !== host.spec.domain.split('.')[0] && <small>{name}</small>}</span>
      <span role="cell" className={css.group}>{host.spec.targetGroup ? <Link href={`/target-groups/${host.spec.targetGroup}`}>{host.spec.targetGroup}</Link> : 'handlers'}</span>
      <span role="cell" className={css.targets}>{targets ? (targets.checked ? <Health {...targets} /> : 'not checked') : ''}</span>
      <span role="cell" className={css.certificate}><CertificateCell host={host} /></span>
      <span role="cell" className={css.origin}><Origin meta={host.metadata} /></span>
      <span role="cell" className={css.changed}>{host.status.changed && <Ago at={host.status.changed.at} />}</span>
      <span role="cell" className={css.menu}>
        <RowMenu label={`Actions for ${name}`}>
          <Menu.Item onClick={() => actions.go(`/hosts/${name}`)}>Show</Menu.Item>
          <Menu.Item onClick={() => actions.go(`/hosts/${name}#explain`)}>Explain</Menu.Item>
          {actions.may && mine && <Menu.Item onClick={() => actions.go(`/hosts?edit=${name}`)}>Edit</Menu.Item>}
          {actions.may && mine && <Menu.Item onClick={() => actions.switching(host)}>{host.spec.enabled ? 'Switch off' : 'Switch on'}</Menu.Item>}
          {actions.may && (verdict.class === 'paused'
            ? <Menu.Item onClick={() => actions.resume('Host', name)}>Resume</Menu.Item>
            : <Menu.Item onClick={() => actions.suspend('Host', name)}>Suspend…</Menu.Item>)}
          {actions.may && mine && <Menu.Item data-danger onClick={() => actions.removal(name)}>Delete…</Menu.Item>}
        </RowMenu>
      </span>
      {why && <span role="cell" className={css.why}>{why}{fix && <> <Link href={fix.href} className={css.fix}>{fix.text}</Link></>}</span>}
    </div>
  );
});

function Health({healthy, all}: {healthy: number; all: number}) {
  if (healthy === all) return <>{healthy} of {all} healthy</>;
  return <Status of="warn" strong={false}>{healthy} of {all} healthy</Status>;
}

function CertificateCell({host}: {host: Host}) {
  const {mode} = host.spec.tls;
  const shown = host.status.certificates?.[0];
  const valid = find(host.status.conditions, 'Valid');
  const left = shown?.notAfter && mode !== 'internal' ? daysLeft(shown.notAfter, Date.now()) : null;
  return (
    <span className={css.words}>
      {tlsWords[mode]} {mode !== 'none' && valid?.status === 'False' && <StatusIcon of="warn" size={13} label={valid.reason} />}
      {left !== null && (left < 15 ? <Status of="warn">{plural(left, 'day')}</Status> : <span className={parts.muted}>{plural(left, 'day')}</span>)}
    </span>
  );
}
