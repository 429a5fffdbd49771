// SPDX-License-Identifier: Apache-2.0
// Target groups: the list, and one with its targets as rows.
import {Button, Menu, TextInput} from '@mantine/core';
import {Link, useLocation, useSearchParams} from 'wouter';
import {useHosts, useMay, useTargetGroups, useTargets} from '../api/queries';
import type {TargetGroup} from '../api/types';
import {healthOf, ofTargetGroup, rank} from '../model/status';
import {checkWords, list, told} from '../model/words';
import {useBelieved} from '../shell/fresh';
import {useRemoval, useSuspending} from '../ui/actions';
import {Ago} from '../ui/Ago';
import {Conditions} from '../ui/Conditions';
import {History} from '../ui/History';
import {Icon} from '../ui/Icon';
import {Card, Columns, Empty, Facts, Note, Origin, Page, Reading, Row, RowMenu, parts, useTitle} from '../ui/parts';
import {Status} from '../ui/Status';
import {TargetGroupEditor} from './TargetGroupForm';

export default function TargetGroups({name}: {name?: string}) {
  const groups = useTargetGroups();
  if (name && name !== 'new') return <Reading of={[groups]}>{() => <Detail name={name} group={groups.data!.items.find((one) => one.metadata.name === name)} />}</Reading>;
  return <List />;
}

const isFixed = (group: TargetGroup) => group.metadata.managedBy === 'manifest' || group.metadata.managedBy === 'system';

function useUsers() {
  const hosts = useHosts().data?.items ?? [];
  return (name: string) => hosts.filter((one) => one.spec.targetGroup === name);
}

function List() {
  const groups = useTargetGroups(), targets = useTargets().data;
  const [path, go] = useLocation();
  const [params, setParams] = useSearchParams();
  const may = useMay('change');
  const believed = useBelieved();
  const usersOf = useUsers();
  const removal = useRemoval('targetgroups');
  const wanted = params.get('q') ?? '';
  const rows = (groups.data?.items ?? []).map((group) => ({group, verdict: believed(ofTargetGroup(group))}))
    .sort((a, b) => rank(a.verdict.class) - rank(b.verdict.class) || (a.group.metadata.name < b.group.metadata.name ? -1 : 1));
  const shown = rows.filter(({group}) => [group.metadata.name, ...group.spec.targets.map((one) => `${one.host}:${one.port}`)].join(' ').toLowerCase().includes(wanted.toLowerCase()));
  const bad = rows.filter((one) => one.verdict.class === 'bad').length;
  useTitle('Target groups', bad ? `${bad} in trouble` : '');
  const edit = path === '/target-groups/new' ? null : params.get('edit');
  return (
    <Page title="Target groups" actions={may && <Button variant="filled" data-key="n" leftSection={<Icon name="plus" size={16} />} onClick={() => go('/target-groups/new')}>Add target group</Button>}>
      <Reading of={[groups]}>{() => rows.length === 0
        ? <div className={parts.card}><Empty title="No target group yet" action={may && <Button variant="filled" onClick={() => go('/target-groups/new')}>Add target group</Button>}>It says where requests go: one or more addresses.</Empty></div>
        : (
          <>
            <div className={parts.toolbar}><TextInput aria-label="Search in target groups" placeholder="Name or address" data-key="/" leftSection={<Icon name="search" size={16} />} rightSection={<kbd className={parts.kbd}>/</kbd>} value={wanted}
              onChange={(event) => { const value = event.currentTarget.value; setParams(value ? {q: value} : {}, {replace: true}); }} /></div>
            {shown.length === 0 ? <div className={parts.card}><Empty title={`No target group matches “${wanted}”`} action={<Button onClick={() => setParams({})}>Clear search</Button>} /></div> : (
              <div className={`${parts.card} ${parts.scroll}`} tabIndex={0}>
                <table className={`${parts.table} ${parts.phone}`}>
                  <thead><tr><th>Status</th><th>Target group</th><th>Targets</th><th>Serves</th><th>Origin</th><th><span className="sr-only">Actions</span></th></tr></thead>
                  <tbody>{shown.map(({group, verdict}) => {
                    const {name} = group.metadata;
                    const enabled = group.spec.targets.filter((one) => one.enabled);
                    const health = healthOf(targets, name, enabled.length);
                    return (
                      <Row key={name} mark={`${verdict.class} ${verdict.word} ${group.metadata.generation}`}>
                        <td data-phone="status"><Status of={verdict.class}>{verdict.word}</Status></td>
                        <td data-phone="main"><Link href={`/target-groups/${name}`} className={parts.main} data-row>{name}</Link></td>
                        <td>{group.spec.healthCheck.enabled && health.known ? `${health.healthy} of ${health.all} healthy` : list(enabled.map((one) => `${one.host}:${one.port}`), 2)}</td>
                        <td>{list(usersOf(name).map((one) => one.spec.domain), 2) || 'no host'}</td>
                        <td data-phone="hide"><Origin meta={group.metadata} /></td>
                        <td data-phone="hide" className={parts.right}><RowMenu label={`Actions for ${name}`}>
                          <Menu.Item onClick={() => go(`/target-groups/${name}`)}>Show</Menu.Item>
                          {may && !isFixed(group) && <Menu.Item onClick={() => go(`/target-groups?edit=${name}`)}>Edit</Menu.Item>}
                          {may && !isFixed(group) && <Menu.Item data-danger onClick={() => removal.ask(name)}>Delete…</Menu.Item>}
                        </RowMenu></td>
                      </Row>
                    );
                  })}</tbody>
                </table>
              </div>
            )}
          </>
        )}</Reading>
      {may && (path === '/target-groups/new' || edit) && <TargetGroupEditor key={edit ?? ''} name={edit} close={() => go('/target-groups')} />}
      {removal.dialog}
    </Page>
  );
}

const pickWords = {round_robin: 'in turn', least_conn: 'fewest connections', ip_hash: 'by the visitor’s address', random: 'by chance'};

function Detail({name, group}: {name: string; group: TargetGroup | undefined}) {
  const [, go] = useLocation();
  const [params] = useSearchParams();
  const may = useMay('change');
  const believed = useBelieved();
  const report = useTargets().data;
  const users = useUsers()(name);
  const removal = useRemoval('targetgroups', () => go('/target-groups'));
  const suspending = useSuspending();
  useTitle(name);
  const back = {href: '/target-groups', text: 'Target groups', here: name};
  if (!group) return <Page title={name} back={back}><div className={parts.card}><Empty title={`There is no target group ${name}`}>It may have been deleted.</Empty></div><History kind="TargetGroup" name={name} /></Page>;
  const verdict = believed(ofTargetGroup(group));
  const known = report?.groups.find((one) => one.name === name)?.targets ?? [];
  const check = group.spec.healthCheck;
  return (
    <Page title={name} back={back} aside={<p className={parts.inline}><Status of={verdict.class}>{verdict.word}</Status> <Origin meta={group.metadata} /> <span className={parts.muted}>Generation {group.metadata.generation}</span></p>}
      actions={may && <>
        {!isFixed(group) && <Button data-key="e" onClick={() => go(`/target-groups/${name}?edit`)}>Edit</Button>}
        <RowMenu label={`Actions for ${name}`}>
          {verdict.class === 'paused' ? <Menu.Item onClick={() => void suspending.resume('TargetGroup', name)}>Resume</Menu.Item> : <Menu.Item onClick={() => suspending.ask('TargetGroup', name)}>Suspend…</Menu.Item>}
          {!isFixed(group) && <Menu.Item data-danger onClick={() => removal.ask(name)}>Delete…</Menu.Item>}
        </RowMenu></>}>
      {verdict.why && (verdict.class === 'bad' || verdict.class === 'warn') && <Note class={verdict.class} title={verdict.word}>{told(verdict.why.message)}</Note>}
      <Columns
        main={<>
          <Card title="Targets" side={report?.checked && <>asked Caddy <Ago at={report.checked} /></>}>
            <div className={parts.scroll} tabIndex={0}>
              <table className={`${parts.table} ${parts.phone}`}>
                <thead><tr><th>Status</th><th>Address</th><th>Weight</th><th>Since</th></tr></thead>
                <tbody>{group.spec.targets.map((one) => {
                  const seen = known.find((target) => target.target === `${one.host}:${one.port}` || target.target === `[${one.host}]:${one.port}`);
                  const [of, word] = !one.enabled ? ['off', 'Switched off'] as const : seen?.state === 'healthy' ? ['ok', 'Healthy'] as const : seen?.state === 'unhealthy' ? ['bad', 'Down'] as const : ['unknown', check.enabled ? 'Not known' : 'Not checked'] as const;
                  return <Row key={`${one.host}:${one.port}`} mark={of}><td data-phone="status"><Status of={of}>{word}</Status></td><td data-phone="main"><code className={parts.mono}>{one.host}:{one.port}</code></td><td data-phone="hide">{one.weight}</td><td>{seen?.since ? <Ago at={seen.since} /> : ''}{seen && seen.state !== 'healthy' && `, ${checkWords(seen.reason)}`}</td></Row>;
                })}</tbody>
              </table>
            </div>
          </Card>
          <Conditions conditions={group.status.conditions} />
        </>}
        side={<>
          <Card title="Settings" flush={false}><Facts rows={[['Protocol', group.spec.protocol.toUpperCase()], ['Picks', pickWords[group.spec.algorithm]], ['Check', check.enabled ? `${check.method} ${check.path}, every ${check.interval}` : 'none'], ['Expects', check.enabled ? `${check.expectStatus} within ${check.timeout}` : '–'], ['Sees name', group.spec.preserveHost ? 'the visitor’s' : 'its own']]} /></Card>
          <Card title="Serves"><div className={parts.rows}>{users.map((one) => <div key={one.metadata.name}><Link href={`/hosts/${one.metadata.name}`}>{one.spec.domain}</Link></div>)}{users.length === 0 && <p className={parts.muted}>No host leads here.</p>}</div></Card>
          <History kind="TargetGroup" name={name} />
        </>} />
      {may && !isFixed(group) && params.has('edit') && <TargetGroupEditor name={name} focus={params.get('edit') || undefined} close={() => go(`/target-groups/${name}`)} />}
      {removal.dialog}{suspending.dialog}
    </Page>
  );
}
