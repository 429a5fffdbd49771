// SPDX-License-Identifier: Apache-2.0
// One host: the problem, the chain from what is wanted to what visitors get, and all that is known of it.
import {Button, Menu} from '@mantine/core';
import {useEffect, useRef, useState} from 'react';
import {Link, useLocation, useSearchParams} from 'wouter';
import {ask} from '../api/client';
import {useExplanation, useHosts, useMay, useTargets} from '../api/queries';
import type {Explanation, Host} from '../api/types';
import {type Class, find, fixOf, ofHost} from '../model/status';
import {checkWords, daysLeft, fullDate, plural, told} from '../model/words';
import {flat, same} from '../model/merge';
import {useBelieved} from '../shell/fresh';
import {useRemoval, useSuspending, useSwitching} from '../ui/actions';
import {Ago, useNow} from '../ui/Ago';
import {Chain, type Link as ChainLink} from '../ui/Chain';
import {Conditions} from '../ui/Conditions';
import {unified, Diff} from '../ui/Diff';
import {History, Undo} from '../ui/History';
import {Icon} from '../ui/Icon';
import {Card, Columns, Command, Copy, Domain, Empty, Facts, Note, Origin, Page, Reading, RowMenu, parts, useTitle} from '../ui/parts';
import {Status} from '../ui/Status';
import {reason, say} from '../ui/toast';
import css from './HostDetail.module.css';
import {HostEditor} from './HostForm';

export default function HostDetail({name}: {name: string}) {
  const hosts = useHosts();
  return (
    <Reading of={[hosts]}>{() => {
      const host = hosts.data!.items.find((one) => one.metadata.name === name);
      return host ? <Detail host={host} /> : (
        <Page title={name} back={{href: '/hosts', text: 'Hosts', here: name}}>
          <div className={parts.card}><Empty title={`There is no host ${name}`} action={<Link href="/hosts">All hosts</Link>}>It may have been deleted.</Empty></div>
          <History kind="Host" name={name} />
        </Page>
      );
    }}</Reading>
  );
}

function Detail({host}: {host: Host}) {
  const {name} = host.metadata;
  const [, go] = useLocation();
  const [params] = useSearchParams();
  const explanation = useExplanation('hosts', name);
  const may = useMay('change');
  const believed = useBelieved();
  const verdict = believed(ofHost(host));
  const removal = useRemoval('hosts', () => go('/hosts'));
  const suspending = useSuspending();
  const switching = useSwitching();
  useTitle(host.spec.domain, verdict.class === 'ok' ? '' : verdict.word);
  const fixed = host.metadata.managedBy === 'manifest' || host.metadata.managedBy === 'system';
  const wildcard = host.spec.domain.startsWith('*');
  const edit = may && !fixed && params.has('edit');
  const file = explanation.data?.from.file;
  return (
    <Page title={<><Domain name={host.spec.domain} /> {!wildcard && <a href={`${host.spec.tls.mode === 'none' ? 'http' : 'https'}://${host.spec.domain}/`} target="_blank" rel="noreferrer" aria-label={`Open ${host.spec.domain}`}><Icon name="out" size={16} /></a>}</>}
      back={{href: '/hosts', text: 'Hosts', here: name}}
      aside={<p className={parts.inline}><Status of={verdict.class}>{verdict.word}</Status> <Origin meta={host.metadata} /> <span className={parts.muted}>Generation {host.metadata.generation}</span></p>}
      actions={may && (
        <>
          {!fixed && <Button data-key="e" onClick={() => go(`/hosts/${name}?edit`)}>Edit</Button>}
          <RowMenu label={`Actions for ${name}`}>
            {!fixed && <Menu.Item onClick={() => void switching(host)}>{host.spec.enabled ? 'Switch off' : 'Switch on'}</Menu.Item>}
            {verdict.class === 'paused' ? <Menu.Item onClick={() => void suspending.resume('Host', name)}>Resume</Menu.Item> : <Menu.Item onClick={() => suspending.ask('Host', name)}>Suspend…</Menu.Item>}
            {!fixed && <Menu.Item data-danger onClick={() => removal.ask(name)}>Delete…</Menu.Item>}
          </RowMenu>
        </>
      )}>
      {(verdict.class === 'bad' || verdict.class === 'warn' || verdict.class === 'paused') && verdict.why && <Problem host={host} of={verdict.class} word={verdict.word} explanation={explanation.data} may={may && !fixed} />}
      {host.metadata.managedBy === 'manifest' && <p className={parts.inline}><span className={parts.muted}>{name} comes from <code>{file ?? host.metadata.owner}{explanation.data?.from.line ? `:${explanation.data.from.line}` : ''}</code>. Edit that file; saving it applies it.</span> <Copy text={file ?? host.metadata.owner} what="Copy path" /></p>}
      {explanation.data && <Chain links={chainOf(host, explanation.data)} />}
      <Columns
        main={<>
          {explanation.data && <Running explanation={explanation.data} />}
          <Conditions conditions={host.status.conditions} />
          <Targets host={host} />
        </>}
        side={<>
          {host.spec.tls.mode !== 'none' && <CertificateCard host={host} may={may} />}
          <History kind="Host" name={name} />
          {explanation.data && <Why explanation={explanation.data} name={name} />}
        </>} />
      {edit && <HostEditor name={name} focus={params.get('edit') || undefined} close={() => go(`/hosts/${name}`)} />}
      {removal.dialog}{suspending.dialog}
    </Page>
  );
}

function Problem({host, of, word, explanation, may}: {host: Host; of: Class; word: string; explanation?: Explanation; may: boolean}) {
  const [, go] = useLocation();
  const why = ofHost(host).why!;
  const {name} = host.metadata;
  const refused = why.reason === 'RejectedByCaddy';
  const older = explanation?.running.form === 'accepted';
  const [undoing, undo] = useState(false);
  const fix = fixOf(host, ofHost(host));
  return (
    <Note class={of} title={refused ? `Caddy refuses ${name}` : `${name}: ${word.toLowerCase()}`} code={refused ? why.message : undefined}
      actions={may && of === 'bad' && (
        <>
          <Button variant="filled" onClick={() => go(fix.href)}>{fix.text}</Button>
          {undoing && <Undo kind="Host" name={name} close={() => undo(false)} />}
          {explanation?.from.lastRevision && why.type !== 'TargetsHealthy' && <Button leftSection={<Icon name="undo" size={15} />} onClick={() => undo(true)}>Undo the change</Button>}
        </>
      )}>
      {refused ? `argos tries again when you change it. ${older ? 'Until then visitors get the form that Caddy accepted before.' : 'It was never accepted, so visitors of it get 404.'}` : told(why.message)}
    </Note>
  );
}

function chainOf(host: Host, explanation: Explanation): ChainLink[] {
  const accepted = find(host.status.conditions, 'Accepted'), programmed = find(host.status.conditions, 'Programmed');
  const targets = find(host.status.conditions, 'TargetsHealthy'), valid = find(host.status.conditions, 'Valid');
  const of = (condition: typeof accepted): Class => !condition ? 'unknown' : condition.status === 'True' ? 'ok' : condition.status === 'False' ? 'bad' : 'unknown';
  const {from, row, rendered, running} = explanation;
  const last = from.lastRevision;
  const inForce = programmed?.status === 'True';
  const origin = {manifest: from.owner, apply: 'argos apply', panel: 'Panel', system: 'argos'}[from.managedBy] ?? from.managedBy;
  const shown = host.status.certificates?.[0];
  const visitors: Class = !inForce ? (running.form === 'accepted' ? 'warn' : of(programmed)) : targets?.status === 'False' ? (targets.reason === 'AllTargetsDown' ? 'bad' : 'warn') : valid?.status === 'False' ? 'warn' : 'ok';
  return [
    {name: 'Wanted', class: 'ok', text: origin, more: last ? <>{last.actor || 'unknown'}, <Ago at={last.at} /></> : ''},
    {name: 'Stored', class: of(accepted), text: `Generation ${row.generation}`, more: row.errors.length ? plural(row.errors.length, 'field error') : accepted?.status === 'False' ? accepted.reason : 'accepted'},
    {name: 'Rendered', class: rendered.places.length || inForce ? 'ok' : 'unknown', text: rendered.places.length ? plural(rendered.places.length, 'place') : 'nothing of its own', more: 'in Caddy’s config'},
    {name: 'Caddy runs', class: inForce ? 'ok' : running.form === 'accepted' ? 'warn' : of(programmed), text: inForce ? 'exactly this' : running.form === 'accepted' ? 'an older form' : 'nothing of it', more: programmed?.reason ?? '', older: !inForce, broken: programmed?.status === 'False'},
    {name: 'Visitors get', class: visitors, text: !inForce && running.form !== 'accepted' ? '404' : targets?.status === 'False' ? targets.reason === 'AllTargetsDown' ? 'an error' : 'the other targets' : shown ? `certificate of ${shown.issuer.split(' - ')[0]}` : host.spec.tls.mode === 'none' ? 'plain HTTP' : 'HTTPS',
      more: shown ? <>seen <Ago at={String(shown.seen ?? '') || null} /></> : '', older: !inForce},
  ];
}

const settingWords: Record<string, string> = {
  domain: 'Domain', aliases: 'More names', targetGroup: 'Target group', enabled: 'Served', caddyHandlers: 'Caddy handlers',
  'tls.mode': 'Certificate', 'tls.email': 'Email for the CA', 'tls.challenge': 'Challenge', 'tls.acmeCaUrl': 'ACME directory',
};
const settingValue = (value: unknown): string => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0) ? '–'
  : typeof value === 'boolean' ? (value ? 'yes' : 'no') : typeof value === 'string' ? value : JSON.stringify(value);

// What is wanted beside what Caddy runs, in the words of the manifest; what differs first, the rest where somebody asks.
function Settings({wanted, running}: {wanted: unknown; running: unknown}) {
  const [all, show] = useState(false);
  const [left, right] = [flat(wanted), flat(running)];
  const rows = [...new Set([...Object.keys(left), ...Object.keys(right)])].map((key) => ({key, wanted: left[key], running: right[key], differs: !same(left[key], right[key])}));
  const [other, equal] = [rows.filter((one) => one.differs), rows.filter((one) => !one.differs)];
  return (
    <>
      {other.length === 0 && <p className={parts.muted}>The host itself is the same: what is refused is in its target group.</p>}
      {(other.length > 0 || all) && (
        <div className={parts.scroll} tabIndex={0}>
          <table className={`${parts.table} ${css.compare}`}>
            <thead><tr><th>Setting</th><th>Wanted</th><th>Running</th></tr></thead>
            <tbody>{[...other, ...(all ? equal : [])].map((one) => (
              <tr key={one.key} data-differs={one.differs}>
                <td>{settingWords[one.key] ?? one.key}</td>
                {[one.wanted, one.running].map((value, at) => <td key={at}>{one.differs && <span className="sr-only">differs: </span>}<code>{settingValue(value)}</code></td>)}
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
      <p><button type="button" className={parts.link} aria-expanded={all} onClick={() => show(!all)}>{all ? 'Only what differs' : `Show the ${equal.length} that are equal`}</button></p>
    </>
  );
}

function Running({explanation}: {explanation: Explanation}) {
  const [json, show] = useState(false);
  const wanted = Object.fromEntries(explanation.rendered.places.map((one) => [one.path, one.wanted]));
  const running = Object.fromEntries(explanation.running.places.map((one) => [one.path, one.running]));
  const older = explanation.running.form !== 'wanted';
  const differs = JSON.stringify(wanted) !== JSON.stringify(running);
  const {accepted} = explanation.running;
  if (explanation.rendered.places.length === 0 && explanation.running.places.length === 0 && !accepted) return null;
  return (
    <Card title="Wanted and running" side={older ? <Status of="warn">An older form runs</Status> : differs ? <Status of="warn">They differ</Status> : <Status of="ok">The same</Status>} flush={false}>
      {accepted ? <Settings wanted={explanation.row.spec} running={accepted} />
        : differs ? <Diff text={unified(running, wanted)} label="From what Caddy runs to what is wanted" /> : <p className={parts.muted}>{explanation.running.answer}.</p>}
      <p><button type="button" className={parts.link} aria-expanded={json} onClick={() => show(!json)}>{json ? 'Hide Caddy’s JSON' : 'Caddy’s JSON'}</button></p>
      {json && <pre className={`${parts.mono} ${parts.scroll}`} tabIndex={0}>{JSON.stringify(running, null, 2)}</pre>}
    </Card>
  );
}

function Targets({host}: {host: Host}) {
  const {data} = useTargets();
  const group = data?.groups.find((one) => one.name === host.spec.targetGroup);
  if (!host.spec.targetGroup) return null;
  return (
    <Card title="Targets" side={<Link href={`/target-groups/${host.spec.targetGroup}`}>Target group {host.spec.targetGroup}</Link>}>
      <div className={parts.rows}>
        {group?.targets.map((one) => (
          <div key={one.target}><Status of={one.state === 'healthy' ? 'ok' : one.state === 'unhealthy' ? 'bad' : 'unknown'}>{one.state === 'healthy' ? 'Healthy' : one.state === 'unhealthy' ? 'Down' : 'Not known'}</Status><code className={parts.rowText}>{one.target}</code><span className={parts.rowSide}>{checkWords(one.reason)}{one.since && <>, since <Ago at={one.since} /></>}</span></div>
        ))}
        {!group && <p className={parts.muted}>Nothing is known of its targets yet.</p>}
      </div>
    </Card>
  );
}

function CertificateCard({host, may}: {host: Host; may: boolean}) {
  const now = useNow();
  const shown = host.status.certificates?.[0];
  const valid = find(host.status.conditions, 'Valid');
  const renew = async () => {
    try {
      await ask(`/hosts/${host.metadata.name}/renew`, {method: 'POST', body: {}});
      say('busy', 'Caddy is asked to renew the certificate');
    } catch (failed) {
      say('bad', reason(failed));
    }
  };
  const side = host.spec.tls.mode === 'manual' ? <Link href={`/certificates?import&host=${host.metadata.name}`}>Replace</Link>
    : may && <button type="button" className={parts.link} onClick={() => void renew()}>Renew now</button>;
  const internal = host.spec.tls.mode === 'internal';
  const left = shown?.notAfter ? daysLeft(shown.notAfter, now) : null;
  return (
    <Card title="Certificate" side={side} flush={false}>
      <div className={parts.form}>
        <Status of={valid?.status === 'True' ? 'ok' : valid?.status === 'False' ? 'bad' : 'unknown'}>{valid?.status === 'True' ? (internal || left === null ? 'Valid' : `Valid, ${plural(left, 'day')} left`) : valid?.reason ?? 'Not known'}</Status>
        {valid?.status !== 'True' && valid?.message && <p className={parts.muted}>{told(valid.message)}</p>}
        {shown && <Facts rows={[['Issuer', String(shown.issuer)], ['Expires', shown.notAfter ? internal ? <Ago at={shown.notAfter} /> : fullDate(shown.notAfter) : 'not known'], ['Renews', host.spec.tls.mode === 'manual' ? 'when you import the next' : 'by itself, by Caddy'], ['Seen', <>in the handshake, <Ago at={String(shown.seen)} /></>]]} />}
      </div>
    </Card>
  );
}

function Why({explanation, name}: {explanation: Explanation; name: string}) {
  const wakes = explanation.controllers.flatMap((one) => one.trace.wakes).sort((a, b) => b.when.localeCompare(a.when)).slice(0, 5);
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (location.hash !== '#explain') return;
    here.current?.scrollIntoView({block: 'center'});
    here.current?.focus();
  }, []);
  return (
    <Card title="Why it last ran" flush={false}>
      <div className={parts.form} ref={here} tabIndex={-1}>
        <div className={parts.facts}>{wakes.map((one, at) => <p key={at}><span className={parts.muted}>{new Date(one.when).toLocaleTimeString('en-GB')}</span> {one.why}{one.times > 1 && ` (${one.times} times)`}</p>)}</div>
        <Command text={`argos explain host ${name}`} />
      </div>
    </Card>
  );
}
