// SPDX-License-Identifier: Apache-2.0
// What a change would make of Caddy's document, place by place, and how many hosts it leaves as they are.
import type {ChangedPlace, Preview} from '../api/types';
import {plural} from '../model/words';
import {Diff} from './Diff';
import dialog from './dialog.module.css';
import {Note, parts} from './parts';

export function WillChange({preview, mine = ''}: {preview: Preview; mine?: string}) {
  const others = Object.entries(preview.conditions).filter(([key, said]) => key !== mine && said.status === 'False');
  const places = preview.places.length + preview.morePlaces;
  const {touched, untouched} = preview.hosts;
  return (
    <section aria-label="What will change in Caddy" className={dialog.section}>
      <div className={dialog.more}>
        <h3 className={dialog.label}>What will change in Caddy</h3>
        <span className={parts.small}>{places ? `${plural(places, 'place')}, ${plural(untouched, touched ? 'other host' : 'host')} untouched` : 'nothing'}</span>
      </div>
      {others.map(([key, said]) => <Note key={key} class="warn" title={`${key.split('/')[1]} would not be as wanted any more`}>{said.message}</Note>)}
      {preview.places.map((one) => <Diff key={one.path} text={one.diff} label={`What will change at ${one.path}`} place={<Where place={one} />} numbered />)}
      {preview.morePlaces > 0 && <p className={parts.muted}>And {plural(preview.morePlaces, 'place')} more.</p>}
    </section>
  );
}

// "/apps/http/servers/https/routes/5" as "apps / http / servers / https / routes / 5", and whose it is.
const Where = ({place}: {place: ChangedPlace}) => (
  <>{place.path.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')).join(' / ') || 'the whole document'}{place.names.length > 0 && <span className={dialog.whose}>{place.names.slice(0, 2).join(', ')}{place.names.length > 2 && ` and ${place.names.length - 2} more`}</span>}</>
);
