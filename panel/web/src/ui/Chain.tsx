// SPDX-License-Identifier: Apache-2.0
// From what is wanted to what visitors get, with a cross where it breaks and hatching on what is older than wanted.
import type {ReactNode} from 'react';
import type {Class} from '../model/status';
import css from './Chain.module.css';
import {Icon} from './Icon';
import {StatusIcon} from './Status';

export interface Link {name: string; class: Class; text: string; more: ReactNode; older?: boolean; broken?: boolean}

export function Chain({links}: {links: Link[]}) {
  return (
    <ol className={css.chain} aria-label="From wanted to served">
      {links.map((link, at) => (
        <li key={link.name} className={css.link} data-older={link.older}>
          {at > 0 && <span className={css.joint} data-broken={link.broken}><Icon name={link.broken ? 'cross' : 'right'} size={13} />{link.broken && <span className="sr-only">it breaks here</span>}</span>}
          <p className={css.name}>{link.name}</p>
          <p className={css.text}><StatusIcon of={link.class} label={link.class} /> {link.text}</p>
          <p className={css.more}>{link.more}</p>
        </li>
      ))}
    </ol>
  );
}
