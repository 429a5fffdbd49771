// SPDX-License-Identifier: Apache-2.0
// The first page: is it broken, what, and what to do. Shorter the better things are.
import {Button} from '@mantine/core';
import {type CSSProperties, useEffect, useRef, useState} from 'react';
import {Link, useLocation} from 'wouter';
import {
  useBackups, useCertificates, useDrift, useHosts, useManifests, useMay, useRecent, useRestore, useStatus, useTargetGroups,
} from '../api/queries';
import type {Controller, Host, Revision} from '../api/types';
import {type Class, ofBackup, ofController, ofHost, rank, worstFirst} from '../model/status';
import {daysLeft, plural, told} from '../model/words';
import {type Need, type Sentence, sentenceOf} from '../model/verdict';
import {useBelieved, useFresh} from '../shell/fresh';
import {useBackupNow} from '../ui/backup';
import {Ago, useNow} from '../ui/Ago';
import {Card, Columns, Reading, parts, useTitle} from '../ui/parts';
import {Status, StatusIcon} from '../ui/Status';
import {FirstRun} from './FirstRun';
import css from './Overview.module.css';

export function Overview() {
  const hosts = useHosts(), status = useStatus(), groups = useTargetGroups();
  return <Reading of={[hosts, status, groups]} rows={6}>{() => hosts.data!.items.length === 0 ? <FirstRun /> : <Board />}</Reading>;
}

function Board() {
  const hosts = useHosts().data!.items, status = useStatus().data!, groups = useTargetGroups().data!.items;
  const certificates = useCertificates().data?.items ?? [], backups = useBackups().data, drift = useDrift().data;
  const manifests = useManifests().data, restore = useRestore().data;
  const fresh = useFresh();
  const now = useNow();
  const sentence = sentenceOf({hosts, groups, certificates, backups: backups?.items ?? [], backupReport: backups?.report ?? null, status, drift, manifests, restore});
  const told: Sentence = fresh ? sentence : {class: 'unknown', title: 'Not live', text: 'What this page shows is older than 30 seconds: how things are now is not known.', needs: sentence.needs};
  void now; // failing for 30 s is decided by time alone
  useTitle('Overview', told.class === 'ok' ? '' : told.title);
  return (
    <div className={parts.page}>
      <Verdict sentence={told} hosts={hosts} fresh={fresh} />
      <div className={css.order}>
        <div className={css.controllers}><Controllers controllers={status.controllers} fresh={fresh} /></div>
        <Columns
          main={<>
            {told.needs.length > 0 && <Needs needs={told.needs} />}
            <div className={css.pair}><NextToExpire hosts={hosts} /><BackupCard /></div>
          </>}
          side={<Recent />} />
      </div>
    </div>
  );
}

// Said to a screen reader at most once in 5 s, a new fault at once.
function useAnnounced(sentence: Sentence): string {
  const [said, say] = useState('');
  const last = useRef({at: 0, class: '' as string});
  useEffect(() => {
    const worse = last.current.class !== '' && rank(sentence.class) < rank(last.current.class as Class);
    const wait = worse ? 0 : Math.max(0, last.current.at + 5000 - Date.now());
    const timer = setTimeout(() => {
      last.current = {at: Date.now(), class: sentence.class};
      say(`${sentence.title}. ${sentence.text}`);
    }, wait);
    return () => clearTimeout(timer);
  }, [sentence.title, sentence.text, sentence.class]);
  return said;
}

function Verdict({sentence, hosts, fresh}: {sentence: Sentence; hosts: Host[]; fresh: boolean}) {
  const [, go] = useLocation();
  const may = useMay('change');
  const fix = may ? sentence.fix : undefined;
  const announced = useAnnounced(sentence);
  return (
    <section className={css.verdict} aria-label="How it is">
      <div className={css.answer}>
        <StatusIcon of={sentence.class} size={24} />
        <div>
          <h1 className={css.title}>{sentence.title}</h1>
          <p className={css.text}>{told(sentence.text)}</p>
          <div className={css.fixes}>
            {fix && <Button variant="filled" onClick={() => go(fix.href)}>{fix.text}</Button>}
            {sentence.href && <Button variant={fix ? 'default' : 'filled'} onClick={() => go(sentence.href!)}>{sentence.verb}</Button>}
          </div>
        </div>
      </div>
      <p className="sr-only" aria-live="polite">{announced}</p>
      <Segments hosts={hosts} fresh={fresh} />
    </section>
  );
}

function Segments({hosts, fresh}: {hosts: Host[]; fresh: boolean}) {
  const read = useStatus().data?.controllers.find((one) => one.name === 'caddy')?.lastReconcile;
  const classes = hosts.map((host) => (fresh ? ofHost(host) : {class: 'unknown' as Class, word: 'Not known'})).sort((a, b) => rank(a.class) - rank(b.class));
  const counts = worstFirst.map((of) => {
    const some = classes.filter((one) => one.class === of);
    const words = new Set(some.map((one) => one.word));
    return {of, count: some.length, word: words.size === 1 ? some[0]!.word.toLowerCase() : {bad: 'not as wanted', warn: 'served, needs a look', busy: 'changing'}[of as string] ?? some[0]?.word.toLowerCase() ?? ''};
  }).filter((one) => one.count > 0);
  const few = hosts.length <= 60;
  return (
    <div className={css.segments}>
      <div className={css.bars} aria-hidden="true">
        {few ? classes.map((one, at) => <i key={at} data-class={one.class} />)
          : counts.map((one) => <i key={one.of} data-class={one.of} style={{flexGrow: one.count}} />)}
      </div>
      <ul className={css.legend}>{counts.map((one) => <li key={one.of}><Status of={one.of}>{one.count} {one.word}</Status></li>)}{read && fresh && <li className={css.read}>Caddy’s config read <Ago at={read} /></li>}</ul>
    </div>
  );
}

const ownWords: Record<string, string> = {'caddy-process': 'Caddy runs'};

function Controllers({controllers, fresh}: {controllers: Controller[]; fresh: boolean}) {
  const believed = useBelieved();
  const verdicts = controllers.map((one) => ({one, ...believed(ofController(one))}));
  const troubled = verdicts.filter((one) => ['bad', 'warn'].includes(one.class)).length;
  const running = verdicts.filter((one) => one.class !== 'bad' && one.class !== 'unknown').length;
  const side = !fresh ? 'not known' : running === verdicts.length ? `All ${running} run${troubled ? `, ${troubled} report trouble` : ''}` : `${running} of ${verdicts.length} run`;
  return (
    <Card title="Controllers" side={side}>
      <div className={css.grid} style={{'--columns': Math.ceil(verdicts.length / Math.ceil(verdicts.length / 7))} as CSSProperties}>
        {verdicts.map(({one, class: of, word}) => (
          <Link key={one.name} href={`/controllers/${one.name}`} className={css.cell}>
            <span className={css.name}><StatusIcon of={of} label={of} /> {one.name}</span>
            <span className={css.word} title={word}>{of === 'ok' ? ownWords[one.name] ?? word : word}</span>
            <span className={parts.small}>ran <Ago at={one.lastReconcile} />{one.nextReconcile && <>, next <Ago at={one.nextReconcile} /></>}</span>
          </Link>
        ))}
      </div>
    </Card>
  );
}

function Needs({needs}: {needs: Need[]}) {
  const [, go] = useLocation();
  return (
    <Card title="Also needs you" side={needs.length}>
      <div className={parts.rows}>
        {needs.slice(0, 5).map((need) => (
          <div key={need.key} className={css.need}>
            <StatusIcon of={need.class} label={need.class} />
            <div className={parts.rowText}><p className={parts.rowTitle}>{need.title}</p><p>{told(need.text)}</p></div>
            {need.since && <span className={`${parts.rowSide} ${css.since}`}><Ago at={need.since} /></span>}
            <Button size="xs" className={css.verb} onClick={() => go(need.href)} aria-label={`${need.verb}: ${need.title}`}>{need.verb}</Button>
          </div>
        ))}
        {needs.length > 5 && <p><Link href="/hosts">{needs.length - 5} more</Link></p>}
      </div>
    </Card>
  );
}

function NextToExpire({hosts}: {hosts: Host[]}) {
  const certificates = useCertificates().data?.items ?? [];
  const now = useNow();
  const soonest = [
    ...certificates.map((one) => ({name: one.status.certificate?.names?.[0] ?? one.metadata.name, until: one.status.certificate?.notAfter ?? '', how: 'imported'})),
    ...hosts.filter((one) => one.spec.tls.mode === 'auto' && one.spec.enabled)
      .map((one) => ({name: one.spec.domain, until: one.status.certificates?.[0]?.notAfter ?? '', how: 'renews itself'})),
  ].filter((one) => one.until).sort((a, b) => a.until.localeCompare(b.until)).slice(0, 3);
  return (
    <Card title="Next to expire" side={<Link href="/certificates">Certificates</Link>}>
      <div className={parts.rows}>
        {soonest.map((one) => {
          const left = daysLeft(one.until, now);
          return <div key={one.name}><StatusIcon of={left < 7 ? 'bad' : left < 30 ? 'warn' : 'ok'} /><span className={parts.rowText}>{one.name}</span><span className={parts.small}>{one.how}</span><span>{plural(left, 'day')}</span></div>;
        })}
        {soonest.length === 0 && <p className={parts.muted}>No certificate that could expire on you: Caddy’s own renew in hours.</p>}
      </div>
    </Card>
  );
}

function BackupCard() {
  const {data} = useBackups();
  const may = useMay('change');
  const backUp = useBackupNow();
  if (!data) return null;
  const good = data.items.find((one) => ofBackup(one).class === 'ok');
  const {running, nextRun} = data.report ?? {running: null, nextRun: null};
  return (
    <Card title="Backups" side={<Link href="/backups">All {data.items.length}</Link>}>
      <div className={parts.rows}>
        <div><StatusIcon of={good ? 'ok' : 'unknown'} /><span className={parts.rowText}>Newest good one</span>{good ? <Ago at={good.status.createdAt} /> : may ? <Button size="xs" onClick={() => void backUp('')}>Back up now</Button> : 'none yet'}</div>
        {running && <div><StatusIcon of="busy" /><span className={parts.rowText}>Running now</span><span>{running.phase}</span></div>}
        <div><StatusIcon of="off" /><span className={parts.rowText}>Next by schedule</span>{nextRun ? <Ago at={nextRun} /> : 'none'}</div>
      </div>
    </Card>
  );
}

const kindWords: Record<string, string> = {Host: 'host', TargetGroup: 'target group', Certificate: 'certificate', Settings: 'settings', BackupPolicy: 'backup policy'};
const hrefs: Record<string, string> = {Host: '/hosts', TargetGroup: '/target-groups', Certificate: '/certificates'};

function Recent() {
  const {data} = useRecent();
  const administers = useMay('administer');
  return (
    <Card title="Recent changes" side={administers && <Link href="/audit">Audit</Link>}>
      <div className={parts.rows}>
        {data?.items.map((one) => <Change key={one.revision} revision={one} />)}
        {data?.items.length === 0 && <p className={parts.muted}>Nothing has changed yet.</p>}
      </div>
    </Card>
  );
}

function Change({revision: one}: {revision: Revision}) {
  const href = hrefs[one.kind];
  return (
    <div>
      <span className={css.when}><Ago at={one.at} /></span>
      <span className={parts.rowText}>{one.actor || 'an unknown hand'} {one.what} {kindWords[one.kind] ?? one.kind} {href && one.what !== 'deleted' ? <Link href={`${href}/${one.name}`}><b>{one.name}</b></Link> : <b>{one.name}</b>}
        {one.fields.length > 0 && <span className={parts.muted}>: {one.fields.map((field) => field.replace(/^spec\./, '')).join(', ')}</span>}</span>
    </div>
  );
}
