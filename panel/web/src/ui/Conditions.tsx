// SPDX-License-Identifier: Apache-2.0
// All that is said of an object or a controller, failing first.
import type {Condition} from '../api/types';
import {find, ordered} from '../model/status';
import {absolute, dateTime, span, told} from '../model/words';
import {useNow} from './Ago';
import {Card, parts} from './parts';
import {StatusIcon} from './Status';

const classOf = (one: Condition) =>
  one.type === 'Suspended' ? 'paused' : one.type === 'BackingUp' ? (one.status === 'True' ? 'busy' : 'off')
  : one.status === 'True' ? 'ok' : one.status === 'False' ? 'bad' : 'unknown';

export function Conditions({conditions}: {conditions: Condition[]}) {
  const now = useNow();
  const rows = ordered(conditions);
  const stalled = find(conditions, 'Stalled');
  return (
    <Card title="Conditions" side={`${rows.filter((one) => one.status === 'True').length} of ${rows.length} true`}>
      <div className={parts.rows}>
        {rows.map((one) => (
          <div key={one.type}>
            <StatusIcon of={classOf(one)} label={one.status} />
            <div className={parts.rowText}>
              <span className={parts.rowTitle}>{one.type}</span> <code className={parts.mono}>{one.reason}</code>
              {one.message && <p>{told(one.message)}</p>}
            </div>
            <div className={parts.rowSide} title={absolute(one.lastTransitionTime)}>
              {span(now - new Date(one.lastTransitionTime).getTime())}<br />{dateTime(one.lastTransitionTime)}
            </div>
          </div>
        ))}
        {rows.length === 0 && <p className={parts.muted}>Nothing has been said of it yet.</p>}
        {stalled?.status === 'True' && <div><StatusIcon of="paused" /><span>Stalled: argos does not try again until something changes. {told(stalled.message)}</span></div>}
      </div>
    </Card>
  );
}
