// SPDX-License-Identifier: Apache-2.0
// Importing a certificate: files in any number and order, or pasted text; the server judges all of it before anything is stored.
import {Button, Modal, NativeSelect, Textarea, TextInput} from '@mantine/core';
import {type DragEvent, type ReactNode, useEffect, useRef, useState} from 'react';
import {amend, ask, Problem} from '../api/client';
import {queries, useCertificates, useHosts} from '../api/queries';
import type {CertificateFacts, DryRun, Host, HostSpec} from '../api/types';
import {type Block, blocksOf, isCertificate, isKey} from '../model/pem';
import {fullDate, plural} from '../model/words';
import {Note, parts} from '../ui/parts';
import {Status} from '../ui/Status';
import {useTask} from '../ui/task';
import {say} from '../ui/toast';
import dialog from '../ui/dialog.module.css';
import css from './CertificateImport.module.css';

const typingPause = 250;

export function ImportDialog({name, host, close}: {name: string; host: string; close: () => void}) {
  return (
    <Modal opened onClose={close} size={720} data-wide title={<>{name ? `Replace the certificate ${name}` : 'Import a certificate'}<span className={dialog.sub}>Nothing is stored yet.</span></>} closeButtonProps={{'aria-label': 'Close'}}>
      <Import name={name} host={host} close={close} />
    </Modal>
  );
}

interface Judged {errors: {path: string; message: string; hint: string}[]; sound: boolean; says: CertificateFacts | null}

function Import({name: given, host: wanted, close}: {name: string; host: string; close: () => void}) {
  const hosts = useHosts().data?.items ?? [], certificates = useCertificates().data?.items ?? [];
  const now = certificates.find((one) => one.metadata.name === given);
  const [host, choose] = useState(now?.spec.host ?? wanted);
  const [name, rename] = useState(given || wanted);
  const [blocks, put] = useState<Block[]>([]);
  const [pasted, paste] = useState('');
  const [over, drag] = useState(false);
  const [judged, tell] = useState<Judged | null>(null);
  const {busy, failed, run, fail} = useTask();
  const files = useRef<HTMLInputElement>(null);
  const all = [...blocks, ...blocksOf(pasted, 'pasted text')];
  const key = all.find(isKey), chain = all.filter(isCertificate);
  const spec = {host, certificate: chain.map((one) => one.text).join(''), key: key?.text ?? ''};
  const text = JSON.stringify(spec);
  const target = hosts.find((one) => one.metadata.name === host);

  useEffect(() => {
    if (!host || !name || chain.length === 0) return;
    let late = false;
    const timer = setTimeout(async () => {
      try {
        const {body} = await ask<DryRun>(`/certificates/${name}?dryRun=true`, {method: 'PUT', body: {spec: JSON.parse(text)}});
        if (!late) { tell({errors: [], sound: true, says: body.certificate ?? null}); fail(null); }
      } catch (why) {
        if (late) return;
        if (why instanceof Problem && why.errors.length) tell({errors: why.errors, sound: false, says: null});
        else fail(why);
      }
    }, typingPause);
    return () => {
      late = true;
      clearTimeout(timer);
    };
    // eslint-disable-next-line
  }, [text, name]);

  const add = async (some: Iterable<File>) => {
    const read = await Promise.all([...some].map(async (file) => blocksOf(await file.text(), file.name)));
    put((held) => [...held, ...read.flat()]);
    if (read.flat().length === 0) fail('No PEM text was found in it: argos reads certificates and keys as PEM.');
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    drag(false);
    void add(event.dataTransfer.files);
  };
  const store = () => run(async () => {
    await ask(`/certificates/${name}`, {method: 'PUT', body: {spec}});
    put([]);
    paste('');
    if (target && target.spec.tls.mode !== 'manual') await showIt(target);
    void queries.invalidateQueries({queryKey: ['certificates']});
    say('ok', `${name} is stored; new visitors of ${target?.spec.domain ?? host} get it in a moment`);
    close();
  });
  return (
    <>
      <div className={dialog.body}>
        <div className={parts.formRow}>
          <NativeSelect label="Host that shows it" value={host} onChange={(event) => { choose(event.currentTarget.value); if (!given && (!name || name === host)) rename(event.currentTarget.value); }}
            data={[{value: '', label: 'Choose a host'}, ...hosts.filter((one) => one.spec.tls.mode !== 'none').map((one) => ({value: one.metadata.name, label: one.spec.domain}))]} />
          <TextInput label="Name" value={name} readOnly={!!given} description="What it is called here." onChange={(event) => rename(event.currentTarget.value)} />
        </div>
        <div className={css.drop} data-over={over} onDragOver={(event) => { event.preventDefault(); drag(true); }} onDragLeave={() => drag(false)} onDrop={drop}>
          <span>Drop files, or <button type="button" data-autofocus className={parts.link} onClick={() => files.current?.click()}>choose files</button></span><span className={parts.small}>certificate, key, chain; any order</span>
          <input ref={files} type="file" multiple hidden aria-label="Files" onChange={(event) => void add(event.currentTarget.files ?? [])} />
        </div>
        <Textarea label="Or paste PEM text" rows={4} classNames={{input: parts.mono}} value={pasted} spellCheck={false} autoComplete="off" onChange={(event) => paste(event.currentTarget.value)} />
        {all.length > 0 && (
          <section aria-label="What was recognised" className={`${parts.card} ${parts.rows}`}>
            {chain.map((one, at) => <div key={at}><span className={parts.rowText}><span className={parts.rowTitle}>{at === 0 ? 'Certificate' : 'Chain'}</span> <code className={parts.mono}>{one.from}</code></span><Verdict judged={judged} of={at === 0 ? 'spec.certificate' : 'spec.chain'} /></div>)}
            {key && <div><span className={parts.rowText}><span className={parts.rowTitle}>Private key</span> <code className={parts.mono}>{key.from}</code><p>Sealed before it is stored, never shown again.</p></span><Verdict judged={judged} of="spec.key" /></div>}
            {all.filter((one) => !isKey(one) && !isCertificate(one)).map((one, at) => <div key={at}><span className={parts.rowText}>{one.label} <code className={parts.mono}>{one.from}</code></span><Status of="off">Not used</Status></div>)}
          </section>
        )}
        {chain.length > 0 && !key && <Note class="warn">The private key is missing.</Note>}
        {all.length > 0 && judged?.errors.map((one) => <Note key={one.path + one.message} class="bad">{one.message}{one.hint && `; ${one.hint}`}</Note>)}
        {judged?.sound && key && <Status of="ok">The key fits, and the names cover {target?.spec.domain}</Status>}
        {target && target.spec.tls.mode !== 'manual' && <Note class="warn">{target.spec.domain} gets its certificate {target.spec.tls.mode === 'auto' ? 'by itself' : 'from Caddy’s own CA'} now. Storing this one makes it show the imported one.</Note>}
        {(now?.status.certificate || judged?.says) && <Compare now={now?.status.certificate} after={chain.length > 0 ? judged?.says : null} />}
        {failed && <Note class="bad">{failed}</Note>}
      </div>
      <div className={dialog.bar}>
        <span>New visitors get it within a second.</span>
        <Button onClick={close}>Cancel</Button>
        <Button variant="filled" loading={busy} disabled={!judged?.sound || !key || !host || !name} onClick={() => void store()} data-key="save">Store and serve</Button>
      </div>
    </>
  );
}

const expiry = (one: CertificateFacts) => `${fullDate(String(one.notAfter))}${one.daysLeft !== undefined && one.daysLeft >= 0 ? `, in ${plural(one.daysLeft, 'day')}` : ', over'}`;
const short = (fingerprint: unknown) => String(fingerprint ?? '').slice(0, 16);

// What is shown now, and what would be.
function Compare({now, after}: {now?: CertificateFacts; after?: CertificateFacts | null}) {
  const rows: [string, (one: CertificateFacts) => ReactNode][] = [
    ['Expires', expiry], ['Names', (one) => (one.names ?? []).join(', ')], ['Issuer', (one) => String(one.issuer ?? '')], ['Fingerprint', (one) => <code className={parts.mono}>{short(one.fingerprint)}…</code>],
  ];
  return (
    <div className={parts.card}>
      <table className={`${parts.table} ${css.compare}`}>
        <thead><tr><th><span className="sr-only">Fact</span></th>{now && <th>Now</th>}<th>{after ? 'After' : ''}</th></tr></thead>
        <tbody>{rows.map(([word, of]) => <tr key={word}><td>{word}</td>{now && <td>{of(now)}</td>}<td className={parts.main}>{after ? of(after) : ''}</td></tr>)}</tbody>
      </table>
    </div>
  );
}

const showIt = (host: Host) => amend<HostSpec>(`/hosts/${host.metadata.name}`, (spec) => ({...spec, tls: {...spec.tls, mode: 'manual'}}));

function Verdict({judged, of}: {judged: Judged | null; of: string}) {
  if (!judged) return <Status of="unknown">Not checked yet</Status>;
  return judged.errors.some((one) => one.path.startsWith(of)) ? <Status of="bad">Does not fit</Status> : judged.sound ? <Status of="ok">Fits</Status> : <Status of="unknown">Recognised</Status>;
}
