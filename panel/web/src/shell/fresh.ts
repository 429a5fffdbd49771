// SPDX-License-Identifier: Apache-2.0
// Whether what the page shows may still be believed: 30 s without the stream, and no status is shown as known any more.
import {useLive} from '../api/live';
import {useCallback} from 'react';
import {type Verdict, stale} from '../model/status';
import {useClock} from '../ui/Ago';

const believed = 30_000;

export function useFresh(): boolean {
  const {lostAt} = useLive();
  return useClock((now) => lostAt === null || now - lostAt < believed);
}

export function useBelieved(): (verdict: Verdict) => Verdict {
  const fresh = useFresh();
  return useCallback((verdict: Verdict) => (fresh ? verdict : stale(verdict)), [fresh]);
}
