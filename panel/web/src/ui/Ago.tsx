// SPDX-License-Identifier: Apache-2.0
// Times that tick on the client, from one clock for all of them.
import {useSyncExternalStore} from 'react';
import {absolute, ago} from '../model/words';

let now = Date.now();
const listeners = new Set<() => void>();
let timer = 0;
function subscribe(listener: () => void) {
  listeners.add(listener);
  if (!timer) timer = window.setInterval(() => {
    now = Date.now();
    for (const one of listeners) one();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = 0;
    }
  };
}

export const useNow = () => useSyncExternalStore(subscribe, () => now);
// What follows from the time, for whoever is only to be told when it is another.
export const useClock = <T extends boolean | number | string>(of: (now: number) => T) => useSyncExternalStore(subscribe, () => of(now));

export function Ago({at}: {at: string | null | undefined}) {
  const text = useSyncExternalStore(subscribe, () => (at ? ago(new Date(at), now) : 'never'));
  return at ? <time dateTime={at} title={absolute(at)}>{text}</time> : <span>{text}</span>;
}
