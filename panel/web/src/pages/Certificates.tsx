// SPDX-License-Identifier: Apache-2.0
// Certificates: those that were imported and those that Caddy gets by itself, by how long they last.
import {Button, Menu} from '@mantine/core';
import {Link, useLocation, useSearchParams} from 'wouter';
import {ask} from '../api/client';
import {useCertificates, useHosts, useMay} from '../api/queries';
import type {Certificate, Host} from '../api/types';
import {type Class, find, ofCertificate, rank, soon, type Verdict} from '../model/status';
import {daysLeft, fullDate, list, plural} from '../model/words';
import {useBelieved} from '../shell/fresh';
import {useRemoval} from '../ui/actions';
import {useNow} from '../ui/Ago';
import {Conditions} from '../ui/Conditions';
import {ExpiryTimeline} from '../ui/ExpiryTimeline';
import {History} from '../ui/History';
import {Card, Columns, Empty, Facts, Note, Origin, Page, Pills, Reading, Row, RowMenu, parts, useTitle} from '../ui/parts';
import {Status} from '../ui/Status';
import {reason, say} from '../ui/toast';
import css from './Certificates.module.css';
import {ImportDialog} from './CertificateImport';

export type Source = 'Imported' | 'Automatic' | 'Internal';
export interface Shown {
  key: string; names: string[]; issuer: string; source: Source; until: string; class: Class; word: string; verdict: Verdict; why: string; host: string; object?: Certificate; shown?: Host;
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

function ofObject(certificate: Certificate): Shown {
  const facts = certificate.status.certificate ?? {};
  const verdict = ofCertificate(certificate);
  return {key: `c/${certificate.metadata.name}`, names: facts.names ?? [certificate.metadata.name], issuer: text(facts.issuer), source: 'Imported', until: text(facts.notAfter), class: verdict.class, word: verdict.word, verdict,
    why: verdict.why?.message ?? '', host: certificate.spec.host, object: certificate};
}

function ofShown(host: Host): Shown[] {
  const valid = find(host.status.conditions, 'Valid');
  const source: Source = host.spec.tls.mode === 'internal' ? 'Internal' : 'Automatic';
  const seen = host.status.certificates ?? [];
  const of: Class = valid?.status === 'True' ? 'ok' : valid?.status === 'False' ? (valid.reason === 'NotYetIssued' ? 'busy' : 'bad') : 'unknown';
  const word = {ok: 'Valid', bad: valid?.reason === 'Expired' ? 'Expired' : 'Amiss', busy: 'Not issued yet', unknown: 'Not known'}[of as 'ok'] ?? 'Not known';
  const rows = seen.length ? seen.map((one) => ({name: one.name, issuer: text(one.issuer), until: text(one.notAfter)})) : [{name: host.spec.domain, issuer: '', until: ''}];
  return rows.map((one) => ({key: `h/${host.metadata.name}/${one.name}`, names: [one.name], issuer: one.issuer.split(' - ')[0]!, source, until: one.until, class: of, word, verdict: {class: of, word}, why: of === 'ok' ? '' : valid?.message ?? '', host: host.metadata.name, shown: host}));
}

export default function Certificates({name}: {name?: string}) {
  const certificates = useCertificates(), hosts = useHosts();
  const [params] = useSearchParams();
  const [, go] = useLocation();
  const may = useMay('change');
  return (
    <>
      <Reading of={[certificates, hosts]}>{() => {
        const one = certificates.data!.items.find((item) => item.metadata.name === name);
        return name ? <Detail name={name} certificate={one} /> : <List certificates={certificates.data!.items} hosts={hosts.data!.items} />;
      }}</Reading>
      {may && params.has('import') && certificates.data && hosts.data && <ImportDialog name={params.get('name') ?? ''} host={params.get('host') ?? ''} close={() => go('/certificates')} />}
    </>
  );
}

function List({certificates, hosts}: {certificates: Certificate[]; hosts: Host[]}) {
  const [, go] = useLocation();
  const [params, setParams] = useSearchParams();
  const may = useMay('change');
  const now = useNow();
  const believed = useBelieved();
  const removal = useRemoval('certificates');
  const all = [...certificates.map(ofObject), ...hosts.filter((one) => one.spec.enabled && ['auto', 'internal'].includes(one.spec.tls.mode)).flatMap(ofShown)]
    .map((one) => { const {class: of, word} = believed(one.verdict); return {...one, class: of, word}; })
    .sort((a, b) => rank(a.class) - rank(b.class) || (a.until || '9').localeCompare(b.until || '9'));
  const filter = params.get('source') ?? 'all';
  const shown = all.filter((one) => filter === 'all' || one.source === filter);
  const troubled = all.filter((one) => one.class === 'bad' || one.class === 'warn');
  useTitle('Certificates', troubled.length ? `${troubled.length} need you` : '');
  const count = (source: Source) => all.filter((one) => one.source === source).length;
  return (
    <Page title="Certificates" actions={may && <Button variant="filled" data-key="n" onClick={() => go('/certificates?import')}>Import</Button>}
      summary={all.length > 0 && (troubled.length === 0 ? `${all.length === 1 ? 'It needs' : `All ${all.length} need`} nothing from you.` : `${all.length - troubled.length} of ${all.length} need nothing from you. ${troubled.length === 1 ? needOf(troubled[0]!, now) : `${list(troubled.map((one) => one.names[0]!))} do.`}`)}>
      {all.length === 0 ? <div className={parts.card}><Empty title="No certificate yet" action={may && <Button onClick={() => go('/certificates?import')}>Import a certificate</Button>}>Caddy gets them by itself for hosts of TLS mode Automatic. Import one only where you have your own.</Empty></div> : (
        <>
          <div className={css.timeline}><Card title="Days left" side={plural(all.length, 'certificate')} flush={false}><ExpiryTimeline certificates={all} now={now} /></Card></div>
          <Pills label="Source" value={filter} onChange={(value) => setParams(value === 'all' ? {} : {source: value})}
            pills={[{value: 'all', text: 'All', count: all.length}, ...(['Imported', 'Automatic', 'Internal'] as const).map((one) => ({value: one, text: one, count: count(one)}))]} />
          <div className={`${parts.card} ${parts.scroll}`} tabIndex={0}>
            <table className={`${parts.table} ${parts.phone}`}>
              <thead><tr><th>Status</th><th>Names</th><th>Issuer</th><th>Source</th><th>Expires</th><th>Days left</th><th>Renews</th><th><span className="sr-only">Actions</span></th></tr></thead>
              <tbody>{shown.map((one) => {
                const left = one.until ? daysLeft(one.until, now) : null;
                return (
                  <Row key={one.key} mark={`${one.class} ${one.word} ${one.until}`}>
                    <td data-phone="status"><Status of={one.class}>{one.word}</Status></td>
                    <td data-phone="main"><a data-row className={parts.main} href={one.object ? `/certificates/${one.object.metadata.name}` : `/hosts/${one.host}`} onClick={(event) => { event.preventDefault(); go(one.object ? `/certificates/${one.object.metadata.name}` : `/hosts/${one.host}`); }}>{one.names[0]}</a>{one.names.length > 1 && <span className={parts.muted}> +{plural(one.names.length - 1, 'name')}</span>}{one.why && <p>{one.why}</p>}</td>
                    <td data-phone="hide">{one.issuer}</td><td>{one.source}</td><td data-phone="hide">{one.until ? fullDate(one.until) : '–'}</td><td data-phone="hide" className={parts.num}>{one.source === 'Internal' || left === null ? '–' : left}</td>
                    <td className={parts.phoneOnlyCell}>{one.source !== 'Internal' && left !== null && (left >= 0 ? `${plural(left, 'day')} left` : 'expired')}</td>
                    <td data-phone="hide">{one.source === 'Imported' ? (left !== null && left <= soon && may ? <Button size="xs" onClick={() => go(`/certificates?import&name=${one.object!.metadata.name}`)}>Replace</Button> : one.until ? `import by ${fullDate(new Date(Date.parse(one.until) - soon * 86_400_000))}` : '') : 'by itself, by Caddy'}</td>
                    <td data-phone="menu" className={parts.right}><RowMenu label={`Actions for ${one.names[0]}`}>
                      <Menu.Item onClick={() => go(`/hosts/${one.host}`)}>Show host</Menu.Item>
                      {one.object && <Menu.Item component="a" href={chainHref(one.object)} download={`${one.object.metadata.name}.crt`}>Download chain</Menu.Item>}
                      {may && one.object && one.object.metadata.managedBy !== 'manifest' && <Menu.Item onClick={() => go(`/certificates?import&name=${one.object!.metadata.name}`)}>Replace…</Menu.Item>}
                      {may && one.object && one.object.metadata.managedBy !== 'manifest' && <Menu.Item data-danger onClick={() => removal.ask(one.object!.metadata.name)}>Remove…</Menu.Item>}
                      {may && one.source === 'Automatic' && <Menu.Item onClick={() => void renew(one.host)}>Renew now</Menu.Item>}
                    </RowMenu></td>
                  </Row>
                );
              })}</tbody>
            </table>
          </div>
        </>
      )}
      {removal.dialog}
    </Page>
  );
}

// What one of them wants.
function needOf(one: Shown, now: number): string {
  const [name] = one.names;
  const left = one.until ? daysLeft(one.until, now) : null;
  return one.source === 'Imported' && left !== null && left >= 0 ? `${name} expires in ${plural(left, 'day')} and was imported, so argos cannot renew it.` : `${name} does.`;
}

async function renew(host: string) {
  try {
    await ask(`/hosts/${host}/renew`, {method: 'POST', body: {}});
    say('busy', 'Caddy is asked to renew the certificate');
  } catch (failed) {
    say('bad', reason(failed));
  }
}

const chainHref = (certificate: Certificate) =>
  `data:application/x-pem-file;charset=utf-8,${encodeURIComponent(`${certificate.spec.certificate}${certificate.spec.chain}`)}`;

function Detail({name, certificate}: {name: string; certificate: Certificate | undefined}) {
  const [, go] = useLocation();
  const may = useMay('change');
  const believed = useBelieved();
  const removal = useRemoval('certificates', () => go('/certificates'));
  useTitle(name);
  const back = {href: '/certificates', text: 'Certificates', here: name};
  if (!certificate) return <Page title={name} back={back}><div className={parts.card}><Empty title={`There is no imported certificate ${name}`} /></div></Page>;
  const verdict = believed(ofCertificate(certificate));
  const facts = certificate.status.certificate ?? {};
  const mine = may && certificate.metadata.managedBy !== 'manifest';
  return (
    <Page title={name} back={back} aside={<p className={parts.inline}><Status of={verdict.class}>{verdict.word}</Status> <Origin meta={certificate.metadata} /></p>}
      actions={<><Button component="a" href={chainHref(certificate)} download={`${name}.crt`}>Download chain</Button>{mine && <Button onClick={() => removal.ask(name)}>Remove…</Button>}{mine && <Button variant="filled" onClick={() => go(`/certificates?import&name=${name}`)}>Replace</Button>}</>}>
      {verdict.why && <Note class={verdict.class} title={verdict.word}>{verdict.why.message}</Note>}
      {verdict.word === 'Expires soon' && <Note class="warn" title={`It expires in ${plural(facts.daysLeft ?? 0, 'day')}`}>It was imported, so argos cannot renew it: import the next one.</Note>}
      <Columns main={<Conditions conditions={certificate.status.conditions} />}
        side={<>
          <Card title="What it says" flush={false}><Facts rows={[['Names', (facts.names ?? []).join(', ')], ['Issuer', text(facts.issuer)], ['Valid from', facts.notBefore ? fullDate(facts.notBefore) : '–'], ['Expires', facts.notAfter ? `${fullDate(facts.notAfter)}, ${facts.daysLeft !== undefined && facts.daysLeft >= 0 ? `in ${plural(facts.daysLeft, 'day')}` : 'over'}` : '–'], ['Fingerprint', <code key="f" className={parts.mono}>{text(facts.fingerprint)}</code>], ['Host', <Link key="h" href={`/hosts/${certificate.spec.host}`}>{certificate.spec.host}</Link>]]} /></Card>
          <History kind="Certificate" name={name} />
        </>} />
      {removal.dialog}
    </Page>
  );
}
