// SPDX-License-Identifier: Apache-2.0
// The Overview as long as there is no host: three steps, and what else could be wanted here.
import {Button} from '@mantine/core';
import {Link, useLocation} from 'wouter';
import {useBackups, useManifests, useMay, useStatus, useTargetGroups} from '../api/queries';
import {find, ofBackup} from '../model/status';
import {useBackupNow} from '../ui/backup';
import {Card, Command, Page, parts, useTitle} from '../ui/parts';
import {StatusIcon} from '../ui/Status';
import css from './FirstRun.module.css';

export function FirstRun() {
  useTitle('Overview', 'nothing is served yet');
  const [, go] = useLocation();
  const groups = useTargetGroups().data?.items.length ?? 0;
  const backups = useBackups().data?.items.some((one) => ofBackup(one).class === 'ok');
  const status = useStatus().data, manifests = useManifests().data;
  const may = useMay('change');
  const backUp = useBackupNow();
  const caddy = find(status?.controllers.find((one) => one.name === 'caddy')?.conditions ?? [], 'Ready');
  return (
    <Page title="Nothing is served yet" summary="Caddy runs and answers every name with 404. Two steps, and the first host is live.">
      <div className={css.page}>
        <Card label="First steps">
          <ol className={css.steps}>
            <Step number={1} done={groups > 0} title="Say where requests go" text="A target group: one or more addresses, such as 10.0.20.14:3000.">
              {may && <Button variant={groups ? 'default' : 'filled'} onClick={() => go('/target-groups/new')}>Add target group</Button>}
            </Step>
            <Step number={2} done={false} title="Give it a name" text="A host: a domain that leads to the target group. Its certificate comes by itself.">
              {may && <Button variant={groups ? 'filled' : 'default'} onClick={() => go('/hosts/new')}>Add host</Button>}
            </Step>
            <Step number={3} done={backups ?? false} title="Take a first backup" text="It is opened again and checked before it counts. Every night at 02:00 UTC from then on.">
              {may && <Button onClick={() => void backUp('first backup')}>Back up now</Button>}
            </Step>
          </ol>
        </Card>
        <div className={css.pair}>
          <Card title="Coming from another machine?" flush={false}>
            <p className={parts.muted}>Upload its archive; you see what it would change before anything is replaced.</p>
            <p><Link href="/backups">Backups</Link></p>
          </Card>
          <Card title="Prefer files?" flush={false}>
            <p className={parts.muted}>Point <code>ARGOS_MANIFESTS_DIR</code> at a folder of YAML. Saving a file there is the same as saving here.</p>
            <Command text="argos schema Host" />
          </Card>
        </div>
        <Card title="This gateway">
          <div className={parts.rows}>
            <div><StatusIcon of={caddy?.status === 'True' ? 'ok' : caddy?.status === 'False' ? 'bad' : 'unknown'} /><div className={parts.rowText}><p className={parts.rowTitle}>{caddy?.status === 'True' ? 'Caddy answers' : caddy?.status === 'False' ? 'Caddy does not answer' : 'Looking for Caddy'}</p><p>{caddy?.message}</p></div></div>
            <div><StatusIcon of={manifests?.folder ? 'ok' : 'off'} /><div className={parts.rowText}><p className={parts.rowTitle}>{manifests?.folder ? 'Manifests are read' : 'No manifest folder'}</p><p>{manifests?.folder || 'ARGOS_MANIFESTS_DIR is not set. That is fine.'}</p></div></div>
          </div>
        </Card>
      </div>
    </Page>
  );
}

function Step({number, done, title, text, children}: {number: number; done: boolean; title: string; text: string; children: React.ReactNode}) {
  return (
    <li className={css.step}>
      {done ? <span className={css.done}><StatusIcon of="ok" size={24} label="done" /></span> : <span className={css.number}>{number}</span>}
      <div className={css.what}><h2>{title}</h2><p>{text}</p></div>
      {children}
    </li>
  );
}
