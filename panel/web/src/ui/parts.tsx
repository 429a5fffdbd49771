// SPDX-License-Identifier: Apache-2.0
// The small parts that pages are made of: head, card, facts, pills, what is loading, empty or failed.
import {Button, CopyButton, Menu} from '@mantine/core';
import {type ReactNode, useEffect, useRef, useState} from 'react';
import {Link} from 'wouter';
import type {Problem} from '../api/client';
import type {Meta} from '../api/types';
import type {Class} from '../model/status';
import css from './parts.module.css';
import {Icon, type IconName} from './Icon';
import {StatusIcon} from './Status';

// True for a moment after `mark` became another; what is there at first is nothing new.
export function useChanged(mark: string): boolean {
  const last = useRef(mark);
  const [changed, tell] = useState(false);
  useEffect(() => {
    if (last.current === mark) return;
    last.current = mark;
    tell(true);
    const timer = setTimeout(() => tell(false), 1000);
    return () => clearTimeout(timer);
  }, [mark]);
  return changed;
}

// A row of a table, tinted for a moment when what it says is another.
export function Row({mark, children}: {mark: string; children: ReactNode}) {
  return <tr data-changed={useChanged(mark)}>{children}</tr>;
}

export function useTitle(title: string, trouble = '') {
  useEffect(() => {
    document.title = [title, trouble, 'argos'].filter(Boolean).join(' · ');
  }, [title, trouble]);
}

export function Page({title, back, aside, summary, actions, children}: {
  title: ReactNode; back?: {href: string; text: string; here: string}; aside?: ReactNode; summary?: ReactNode; actions?: ReactNode; children: ReactNode;
}) {
  return (
    <div className={css.page}>
      <header className={css.head}>
        <div className={css.headText}>
          {back && <nav className={css.crumbs} aria-label="Breadcrumbs"><Link href={back.href}>{back.text}</Link> / {back.here}</nav>}
          <h1 className={css.title}>{title}</h1>
          {aside}
        </div>
        {actions && <div className={css.actions}>{actions}</div>}
      </header>
      {summary && <p className={css.summary}>{summary}</p>}
      {children}
    </div>
  );
}

export function Card({title, side, children, label, flush = true}: {
  title?: ReactNode; side?: ReactNode; children: ReactNode; label?: string; flush?: boolean;
}) {
  return (
    <section className={css.card} aria-label={label ?? (typeof title === 'string' ? title : undefined)}>
      {title && <div className={css.cardHead}><h2 className={css.cardTitle}>{title}</h2>{side && <div className={css.cardSide}>{side}</div>}</div>}
      {flush ? children : <div className={css.padded}>{children}</div>}
    </section>
  );
}

export function Columns({main, side}: {main: ReactNode; side: ReactNode}) {
  return <div className={css.columns}><div className={css.stack}>{main}</div><div className={css.stack}>{side}</div></div>;
}

export function Facts({rows}: {rows: [string, ReactNode][]}) {
  return <dl className={css.facts}>{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

export interface Pill {value: string; text: string; count: number; class?: Class}
export function Pills({pills, value, onChange, label}: {pills: Pill[]; value: string; onChange: (value: string) => void; label: string}) {
  return (
    <div className={css.pills} role="group" aria-label={label}>
      {pills.map((pill) => (
        <button key={pill.value} type="button" className={css.pill} aria-pressed={pill.value === value} onClick={() => onChange(pill.value)}>
          {pill.class && <StatusIcon of={pill.class} size={14} />}
          {pill.text} <span className={css.count}>{pill.count}</span>
        </button>
      ))}
    </div>
  );
}

export function Domain({name}: {name: string}) {
  return <>{name.split('.').map((part, at) => at === 0 ? part : <span key={at}><wbr />.{part}</span>)}</>;
}

export function Origin({meta}: {meta: Meta}) {
  const [icon, text]: [IconName, ReactNode] =
    meta.managedBy === 'manifest' ? ['file', <code key="f">{meta.owner}</code>]
    : meta.managedBy === 'system' ? ['settings', 'argos']
    : meta.managedBy === 'apply' ? ['terminal', `apply${meta.owner && meta.owner !== 'cli' ? `, ${meta.owner}` : ''}`]
    : ['panel', 'Panel'];
  return <span className={css.chip}><Icon name={icon} size={14} />{text}</span>;
}

export function Copy({text, what = 'Copy'}: {text: string; what?: string}) {
  return (
    <CopyButton value={text}>
      {({copied, copy}) => <button type="button" className={css.link} onClick={copy}>{copied ? 'Copied' : what}</button>}
    </CopyButton>
  );
}

export function Command({text}: {text: string}) {
  return (
    <CopyButton value={text}>
      {({copied, copy}) => (
        <div className={css.command}>
          <code>{text}</code>
          <button type="button" className={css.iconButton} onClick={copy} aria-label={`Copy ${text}`}><Icon name={copied ? 'check' : 'copy'} size={15} /></button>
        </div>
      )}
    </CopyButton>
  );
}

export function RowMenu({label, children}: {label: string; children: ReactNode}) {
  const [used, use] = useState(false); // long lists have a button a row; a menu is made of it when it is asked for
  const button = <button type="button" className={css.iconButton} aria-label={label} aria-haspopup="menu" onClick={used ? undefined : () => use(true)}><Icon name="more" size={18} /></button>;
  if (!used) return button;
  return (
    <Menu defaultOpened>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}

// Nothing for 300 ms, then rows of the final height.
export function Loading({rows = 5}: {rows?: number}) {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), 300);
    return () => clearTimeout(timer);
  }, []);
  if (!shown) return null;
  return (
    <div className={css.card} role="status" aria-label="Loading">
      {Array.from({length: rows}, (_, at) => <div key={at} className={css.skeleton}><i /><i /><i /></div>)}
    </div>
  );
}

export function Failed({problem, again}: {problem: Problem; again: () => void}) {
  return (
    <div className={`${css.card} ${css.empty}`} role="alert">
      <p className={css.emptyTitle}>{problem.detail}</p>
      {problem.hint && <p>{problem.hint}</p>}
      <Button onClick={again}>Try again</Button>
    </div>
  );
}

interface Read {isPending: boolean; error: Problem | null; refetch: () => unknown; data: unknown}
// What has been read once stays while it is read again, or cannot be.
export function Reading({of, rows, children}: {of: Read[]; rows?: number; children: () => ReactNode}) {
  const failed = of.find((one) => one.error && one.data === undefined);
  if (failed) return <Failed problem={failed.error!} again={() => of.forEach((one) => one.refetch())} />;
  if (of.some((one) => one.data === undefined)) return <Loading rows={rows} />;
  return <>{children()}</>;
}

export function Empty({title, children, action}: {title: string; children?: ReactNode; action?: ReactNode}) {
  return <div className={css.empty}><p className={css.emptyTitle}>{title}</p>{children && <p>{children}</p>}{action}</div>;
}

export function Note({class: of, title, children, actions, code}: {
  class: Class; title?: ReactNode; children?: ReactNode; actions?: ReactNode; code?: ReactNode;
}) {
  return (
    <section className={`${css.note} ${css[`note-${of}`] ?? ''}`}>
      <StatusIcon of={of} size={18} />
      <div className={css.noteBody}>
        {title && <h2 className={css.noteTitle}>{title}</h2>}
        {children && <div className={css.noteText}>{children}</div>}
        {code && <pre className={css.noteCode}>{code}</pre>}
        {actions && <div className={css.noteActions}>{actions}</div>}
      </div>
    </section>
  );
}

export {css as parts};
