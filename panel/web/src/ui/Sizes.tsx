// SPDX-License-Identifier: Apache-2.0
// A row of bars over time, for archives and durations. An image with a label; what it shows stands in words beside it.
import css from './Sizes.module.css';

export function Sizes({of, label, limit = 60}: {of: {at: string; value: number}[]; label: string; limit?: number}) {
  const some = of.slice(-limit);
  const most = Math.max(...some.map((one) => one.value), 1);
  const width = 100 / Math.max(some.length, 12);
  return (
    <svg className={css.bars} viewBox="0 0 100 32" preserveAspectRatio="none" role="img" aria-label={label}>
      {some.map((one, at) => <rect key={one.at + at} x={at * width + width * 0.12} width={width * 0.76} y={32 - Math.max(1, 31 * one.value / most)} height={Math.max(1, 31 * one.value / most)} />)}
    </svg>
  );
}
