// SPDX-License-Identifier: Apache-2.0
// Whether what the page shows may still be believed: 30 s without the stream, and no status is shown as known any more.
import {useLive} from '../api/live';
import {type Verdict, stale} from '../model/status';
import {useNow} from '../ui/Ago';

const believed = 30_000;

export function useFresh(): boolean {
  const {lostAt} = useLive();
  const now = useNow();
  return lostAt === null || now - lostAt < believed;
}

export function useBelieved(): (verdict: Verdict) => Verdict {
  const fresh = useFresh();
  return (verdict) => (fresh ? verdict : stale(verdict));
}
