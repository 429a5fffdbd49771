// SPDX-License-Identifier: Apache-2.0
// How something is: shape, word and colour together, never colour alone.
import type {ReactNode} from 'react';
import type {Class} from '../model/status';
import css from './Status.module.css';

function Shape({of}: {of: Class}) {
  const ground = 'var(--surface)';
  switch (of) {
    case 'ok':
      return <><circle cx="8" cy="8" r="7" fill="currentColor" /><path d="M5 8.200l2.100 2.100L11 6" stroke={ground} fill="none" strokeWidth="1.700" /></>;
    case 'warn':
      return <><path d="M8 1.200L15.300 14.500H.7z" fill="currentColor" strokeLinejoin="round" /><path d="M8 6v3.800M8 12v.1" stroke={ground} strokeWidth="1.700" /></>;
    case 'bad':
      return <><path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor" /><path d="M8 4.500v4M8 11.200v.1" stroke={ground} strokeWidth="1.800" /></>;
    case 'busy':
      return <path d="M8 1.500a6.500 6.500 0 1 1-6.200 4.500" fill="none" stroke="currentColor" strokeWidth="2" />;
    case 'unknown':
      return <circle cx="8" cy="8" r="6.300" fill="none" stroke="currentColor" strokeWidth="1.800" strokeDasharray="2.600 2.350" />;
    case 'off':
      return <><circle cx="8" cy="8" r="6.300" fill="none" stroke="currentColor" strokeWidth="1.600" /><path d="M5 8h6" stroke="currentColor" strokeWidth="1.600" /></>;
    case 'paused':
      return <path d="M4 2.500h3v11H4zM9 2.500h3v11H9z" fill="currentColor" />;
  }
}

export function StatusIcon({of, size = 16, label}: {of: Class; size?: number; label?: string}) {
  return (
    <span className={`${css.icon} ${css[of]}`} {...(label ? {role: 'img', 'aria-label': label} : {'aria-hidden': true})}>
      <svg className={of === 'busy' ? css.turning : undefined} width={size} height={size} viewBox="0 0 16 16" strokeLinecap="round" focusable="false">
        <Shape of={of} />
      </svg>
    </span>
  );
}

export function Status({of, children, strong = true}: {of: Class; children: ReactNode; strong?: boolean}) {
  return (
    <span className={`${css.status} ${css[of]} ${strong ? css.strong : ''}`} data-class={of}>
      <StatusIcon of={of} />
      <span>{children}</span>
    </span>
  );
}
