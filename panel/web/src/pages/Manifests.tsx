// SPDX-License-Identifier: Apache-2.0
// The manifests folder: files, what each declares, and errors at their line.
import {Link, useLocation} from 'wouter';
import {useManifests} from '../api/queries';
import type {ManifestError, ManifestReport} from '../api/types';
import {plural} from '../model/words';
import {Card, Copy, Empty, Page, Reading, parts, useTitle} from '../ui/parts';
import {Status, StatusIcon} from '../ui/Status';
import css from './Manifests.module.css';

const hrefs: Record<string, string> = {Host: '/hosts', TargetGroup: '/target-groups', Certificate: '/certificates'};

export default function Manifests() {
  const manifests = useManifests();
  return <Reading of={[manifests]}>{() => <Folder report={manifests.data!} />}</Reading>;
}

function Folder({report}: {report: ManifestReport}) {
  const [path] = useLocation();
  const chosen = decodeURIComponent(path.replace(/^\/manifests\/?/, ''));
  const broken = report.files.filter((one) => one.errors.length > 0).length;
  useTitle('Manifests', report.errorCount ? plural(report.errorCount, 'error') : '');
  if (!report.folder) return <Page title="Manifests"><div className={parts.card}><Empty title="No manifest folder">Set <code>ARGOS_MANIFESTS_DIR</code> to a folder of YAML. Saving a file there is the same as saving here.</Empty></div></Page>;
  const files = [...report.files].sort((a, b) => Number(b.file === chosen) - Number(a.file === chosen) || a.file.localeCompare(b.file));
  const sound = files.filter((one) => one.errors.length === 0);
  return (
    <Page title="Manifests" summary={<>{plural(report.files.length, 'file')} in <code>{report.folder}</code>{broken ? `, ${broken} with errors. What ${broken === 1 ? 'it' : 'these'} declared before stays in force.` : ', all in force.'}</>}>
      {files.filter((one) => one.errors.length > 0).map((one) => (
        <Card key={one.file} title={<Status of="bad"><code>{one.file}</code></Status>} label={one.file}
          side={<span className={parts.inline}>{plural(one.objects.length, 'object')} in force <Copy text={`${report.folder}/${one.file}`} what="Copy path" /></span>}>
          {one.errors.map((error, at) => <Fault key={at} file={one.file} error={error} />)}
          {one.objects.length > 0 && <div className={parts.rows}>{one.objects.map((object) => <div key={`${object.kind}/${object.name}`}><ObjectLink {...object} /></div>)}</div>}
        </Card>
      ))}
      {sound.length > 0 && (
        <Card title="In force" side={plural(sound.length, 'file')}>
          <div className={parts.rows}>{sound.map((one) => (
            <div key={one.file}>
              <StatusIcon of="ok" label="in force" />
              <span className={parts.rowText}><code>{one.file}</code><br />{one.objects.map((object, at) => <span key={`${object.kind}/${object.name}`}>{at > 0 && ', '}<ObjectLink {...object} /></span>)}{one.objects.length === 0 && 'declares nothing'}</span>
              <Copy text={`${report.folder}/${one.file}`} what="Copy path" />
            </div>
          ))}</div>
        </Card>
      )}
    </Page>
  );
}

function ObjectLink({kind, name, line}: {kind: string; name: string; line: number}) {
  return <span title={`line ${line}`}>{kind} {hrefs[kind] ? <Link href={`${hrefs[kind]}/${name}`}><b>{name}</b></Link> : <b>{name}</b>}</span>;
}

// An error with the lines around it; what may be a secret in them argos has left out already.
function Fault({file, error}: {file: string; error: ManifestError}) {
  return (
    <div className={css.fault}>
      {error.lines.length > 0 && (
        <div className={css.lines} role="group" tabIndex={0} aria-label={`${file}, line ${error.line}`}>
          {error.lines.map((one) => (
            <div key={one.number} className={css.line} data-here={one.number === error.line}>
              <span className={css.number}>{one.number}</span><span className={css.arrow} aria-hidden="true">{one.number === error.line ? '→' : ''}</span>
              {one.number === error.line && <span className="sr-only">here: </span>}{one.text}
            </div>
          ))}
        </div>
      )}
      <p><b>{error.line ? `Line ${error.line}${error.column ? `, column ${error.column}` : ''}` : 'The file'}:</b> {error.message}{error.hint && `; ${error.hint}`}</p>
    </div>
  );
}
