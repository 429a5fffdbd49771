// SPDX-License-Identifier: Apache-2.0
// The manifests folder: files, what each declares, and errors at their line.
import {Link, useLocation} from 'wouter';
import {useManifests} from '../api/queries';
import type {ManifestReport} from '../api/types';
import {plural} from '../model/words';
import {Card, Copy, Empty, Page, Reading, parts, useTitle} from '../ui/parts';
import {Status} from '../ui/Status';

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
  const files = [...report.files].sort((a, b) => Number(b.file === chosen) - Number(a.file === chosen) || b.errors.length - a.errors.length || a.file.localeCompare(b.file));
  return (
    <Page title="Manifests" summary={<>{plural(report.files.length, 'file')} in <code>{report.folder}</code>{broken ? `, ${broken} with errors. What these declared before stays in force.` : ', all in force.'}</>}>
      {files.map((one) => (
        <Card key={one.file} title={<><Status of={one.errors.length ? 'bad' : 'ok'}><code>{one.file}</code></Status></>} label={one.file}
          side={<>{plural(one.objects.length, 'object')} <Copy text={`${report.folder}/${one.file}`} what="Copy path" /></>}>
          <div className={parts.rows}>
            {one.errors.map((error, at) => (
              <div key={at}><Status of="bad">{error.line ? `Line ${error.line}${error.column ? `:${error.column}` : ''}` : 'Error'}</Status><div className={parts.rowText}><p className={parts.rowTitle}>{error.path}</p><p>{error.message}{error.hint && `; ${error.hint}`}</p></div></div>
            ))}
            {one.objects.map((object) => (
              <div key={`${object.kind}/${object.name}`}><span className={parts.small}>line {object.line}</span><span className={parts.rowText}>{object.kind} {hrefs[object.kind] ? <Link href={`${hrefs[object.kind]}/${object.name}`}><b>{object.name}</b></Link> : <b>{object.name}</b>}</span></div>
            ))}
          </div>
        </Card>
      ))}
    </Page>
  );
}
