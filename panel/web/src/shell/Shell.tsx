// SPDX-License-Identifier: Apache-2.0
// What stands around every page: navigation, the bar when the page is not live, the dialogs of the session, the keys.
import {useComputedColorScheme, useMantineColorScheme} from '@mantine/core';
import {useQueryClient} from '@tanstack/react-query';
import {type ReactNode, useEffect, useRef, useState} from 'react';
import {Link, useLocation} from 'wouter';
import {Stream, useLive} from '../api/live';
import {useIdentity, useRestore, useStatus} from '../api/queries';
import {worst} from '../model/status';
import {useNow} from '../ui/Ago';
import {Eye, Icon} from '../ui/Icon';
import {StatusIcon} from '../ui/Status';
import {span} from '../model/words';
import {Find} from './Find';
import {useKeys} from './keys';
import {type Mark, type Place, places, useMarks} from './nav';
import {SessionDialogs} from './SessionDialogs';
import css from './Shell.module.css';

const words = {ok: 'all well', warn: 'needs a look', bad: 'in trouble', unknown: 'not known', busy: 'at work', paused: 'suspended', off: ''};

function isHere(place: Place, path: string) {
  return place.href === '/' ? path === '/' : path === place.href || path.startsWith(`${place.href}/`);
}

function Entry({place, mark, here}: {place: Place; mark: Mark | undefined; here: boolean}) {
  const troubled = mark && mark.class !== 'ok' && mark.class !== 'off' && mark.count > 0;
  return (
    <Link href={place.href} className={css.entry} aria-current={here ? 'page' : undefined}>
      <Icon name={place.icon} /> <span className={css.entryText}>{place.text}</span>
      {troubled && <StatusIcon of={mark.class} size={14} label={words[mark.class]} />}
      {mark && <span className={css.count}>{mark.count}</span>}
    </Link>
  );
}

function LiveMark() {
  const {connected} = useLive();
  return <span className={css.live} data-live={connected}><i aria-hidden="true" />{connected ? 'Live' : 'Not live'}</span>;
}

function Scheme() {
  const {setColorScheme} = useMantineColorScheme();
  const now = useComputedColorScheme('light');
  const other = now === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" className={css.plain} onClick={() => setColorScheme(other)} aria-label={`Use the ${other} scheme`}>
      <Icon name={now === 'dark' ? 'sun' : 'moon'} />
    </button>
  );
}

export function NotLive({stream}: {stream: Stream | null}) {
  const {lostAt, retryAt} = useLive();
  const now = useNow();
  if (lostAt === null || now - lostAt < 3_000) return null;
  return (
    <div className={css.bar} role="alert">
      <StatusIcon of="warn" />
      <span><b>Not live.</b> This page shows {new Date(lostAt).toLocaleTimeString('en-GB')}, {span(now - lostAt)} ago. {retryAt && retryAt > now ? `Trying again in ${span(retryAt - now + 999)}.` : 'Trying again…'}</span>
      <button type="button" className={css.barButton} onClick={() => stream?.tryNow()}>Try now</button>
    </div>
  );
}

function RestoreBar() {
  const [path] = useLocation();
  const {data} = useRestore();
  if (!data?.wanted || path === '/restore') return null;
  return (
    <div className={css.bar} role="status">
      <StatusIcon of="busy" /><span><b>A restore is under way.</b> {data.wanted.archive}</span>
      <Link href="/restore" className={css.barButton}>Show it</Link>
    </div>
  );
}

export function Shell({children}: {children: ReactNode}) {
  const client = useQueryClient();
  const [path] = useLocation();
  const {data: identity} = useIdentity();
  const {data: status} = useStatus();
  const marks = useMarks();
  const [finding, find] = useState(false);
  const [more, showMore] = useState(false);
  const [stream, setStream] = useState<Stream | null>(null);
  const main = useRef<HTMLElement>(null);
  useKeys(() => find(true));
  useEffect(() => {
    const one = new Stream(client);
    setStream(one);
    one.start();
    return () => one.stop();
  }, [client]);
  useEffect(() => showMore(false), [path]);

  const seen = places.filter((place) => !place.admin || identity?.rights.includes('administer'));
  const groups = [...new Set(seen.map((place) => place.group))];
  const others = worst(seen.filter((place) => !place.phone).map((place) => marks[place.href]?.class ?? 'ok'));
  const here = seen.find((place) => isHere(place, path));
  const entry = (place: Place) => <Entry key={place.href} place={place} mark={marks[place.href]} here={isHere(place, path)} />;
  const entries = groups.map((group) => (
    <div key={group} className={css.group}>{group && <p className={css.groupName}>{group}</p>}{seen.filter((one) => one.group === group).map(entry)}</div>
  ));
  const foot = (
    <div className={css.foot}>
      <div className={css.footRow}><LiveMark /><span className={css.version}>argos {status?.version}</span></div>
      <div className={css.footRow}>
        <Link href="/me" className={css.user} aria-current={path === '/me' ? 'page' : undefined}><Icon name="user" /><b>{identity?.user}</b> {identity?.role}</Link>
        <Scheme />
      </div>
    </div>
  );
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the page</a>
      <nav className={css.nav} aria-label="Pages">
        <div className={css.brand}><Eye /><b>argos</b><span className={css.place}>{location.hostname}</span></div>
        <button type="button" className={css.find} onClick={() => find(true)}><Icon name="search" size={16} /><span>Find or do…</span><kbd>Ctrl K</kbd></button>
        <div className={css.entries}>{entries}</div>
        {foot}
      </nav>
      <header className={css.top}>
        <Eye /><b>{here?.text ?? 'argos'}</b><LiveMark />
        <button type="button" className={css.plain} onClick={() => find(true)} aria-label="Find or do"><Icon name="search" size={22} /></button>
      </header>
      <main id="main" className={css.main} ref={main} tabIndex={-1}>
        <NotLive stream={stream} />
        <RestoreBar />
        {children}
      </main>
      <nav className={css.tabs} aria-label="Pages">
        {seen.filter((place) => place.phone).map((place) => {
          const mark = marks[place.href];
          return (
            <Link key={place.href} href={place.href} className={css.tab} aria-current={isHere(place, path) ? 'page' : undefined}>
              <span className={css.tabIcon}><Icon name={place.icon} size={20} />{mark && mark.class !== 'ok' && mark.class !== 'off' && mark.count > 0 && <StatusIcon of={mark.class} size={13} label={words[mark.class]} />}</span>
              {place.text}
            </Link>
          );
        })}
        <button type="button" className={css.tab} aria-expanded={more} onClick={() => showMore(!more)}>
          <span className={css.tabIcon}><Icon name="more" size={20} />{others !== 'ok' && others !== 'off' && <StatusIcon of={others} size={13} label={words[others]} />}</span>More
        </button>
      </nav>
      {more && (
        <div className={css.sheet} role="dialog" aria-label="More pages">
          {seen.filter((place) => !place.phone).map(entry)}
          {foot}
        </div>
      )}
      <SessionDialogs />
      <Find opened={finding} close={() => find(false)} />
    </div>
  );
}
