// SPDX-License-Identifier: Apache-2.0
// Certificates by the days they have left, a lane a source. An image; the table under it is its text.
import type {Shown, Source} from '../pages/Certificates';
import {daysLeft, plural} from '../model/words';
import css from './ExpiryTimeline.module.css';

const lanes: Source[] = ['Imported', 'Automatic', 'Internal'];
const width = 1000, left = 96, lane = 34, top = 26, most = 90;
const x = (days: number) => left + (Math.max(0, Math.min(days, most)) / most) * (width - left - 60);

export function ExpiryTimeline({certificates, now}: {certificates: Shown[]; now: number}) {
  const height = top + lanes.length * lane;
  const soonest = certificates.filter((one) => one.source !== 'Internal' && one.until).sort((a, b) => a.until.localeCompare(b.until))[0];
  const label = soonest ? `${plural(certificates.length, 'certificate')}; the next to expire is ${soonest.names[0]} in ${plural(daysLeft(soonest.until, now), 'day')}` : plural(certificates.length, 'certificate');
  return (
    <svg className={css.timeline} viewBox={`0 0 ${width} ${height + 4}`} role="img" aria-label={label}>
      <rect className={css.red} x={x(0)} y={top} width={x(7) - x(0)} height={2 * lane} />
      <rect className={css.amber} x={x(7)} y={top} width={x(30) - x(7)} height={2 * lane} />
      {[[0, 'today'], [7, '7 d'], [30, '30 d'], [60, '60 d'], [90, '90 days']].map(([days, name]) => (
        <g key={name}><text className={css.tick} x={x(Number(days))} y={16} textAnchor={days === 0 ? 'start' : 'middle'}>{name}</text><line className={css.line} x1={x(Number(days))} x2={x(Number(days))} y1={top} y2={height} strokeDasharray="3 3" /></g>
      ))}
      {lanes.map((source, at) => {
        const y = top + at * lane + lane / 2;
        const some = certificates.filter((one) => one.source === source);
        const urgent = some.filter((one) => one.class !== 'ok' && one.until);
        return (
          <g key={source}>
            <text className={css.lane} x={0} y={y + 4}>{source}</text>
            <line className={css.line} x1={left} x2={width} y1={y + lane / 2} y2={y + lane / 2} />
            {source === 'Internal' ? some.length > 0 && <><circle className={css.ok} cx={left + 11} cy={y} r={5} /><text className={css.name} x={left + 24} y={y + 4}>{some.length === 1 ? `${some[0]!.names[0]}, renews itself` : `${some.length}, they renew themselves`}</text></>
              : some.filter((one) => one.until).map((one) => {
                const days = daysLeft(one.until, now);
                if (days > most) return null;
                return days < 30 && source === 'Imported' ? <path key={one.key} className={css.warn} d={`M${x(days)} ${y - 7}l7 12h-14z`} /> : <circle key={one.key} className={days < 7 ? css.bad : css.ok} cx={x(days)} cy={y} r={5} />;
              })}
            {urgent.length === 1 && source === 'Imported' && <text className={css.name} x={x(daysLeft(urgent[0]!.until, now)) + 12} y={y + 4}>{urgent[0]!.names[0]}, {plural(daysLeft(urgent[0]!.until, now), 'day')}</text>}
            {source !== 'Internal' && some.some((one) => one.until && daysLeft(one.until, now) > most) && <text className={css.tick} x={width} y={y + 4} textAnchor="end">{some.filter((one) => one.until && daysLeft(one.until, now) > most).length} later →</text>}
          </g>
        );
      })}
    </svg>
  );
}
