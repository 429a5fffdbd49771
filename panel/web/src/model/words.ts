// SPDX-License-Identifier: Apache-2.0
// Numbers, times and sizes as a person reads them. Spaces before units do not break.

const nbsp = '\u00a0';
const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')}${nbsp}${count === 1 ? one : many}`;
}

export function bytes(size: number): string {
  if (size < 1000) return `${size}${nbsp}B`;
  if (size < 1e6) return `${(size / 1e3).toFixed(1)}${nbsp}kB`;
  if (size < 1e9) return `${(size / 1e6).toFixed(1)}${nbsp}MB`;
  return `${(size / 1e9).toFixed(1)}${nbsp}GB`;
}

// "4 s", "11 min", "5 h", "9 days"
export function span(milliseconds: number): string {
  const length = Math.abs(milliseconds);
  if (length < minute) return `${Math.floor(length / second)}${nbsp}s`;
  if (length < hour) return `${Math.floor(length / minute)}${nbsp}min`;
  if (length < day) return `${Math.floor(length / hour)}${nbsp}h`;
  return plural(Math.floor(length / day), 'day');
}

const clock = (at: Date) => at.toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'});
const date = (at: Date) => at.toLocaleDateString('en-GB', {day: 'numeric', month: 'short'});

// Up to a day ago "22 min ago", then "Sun 23:41", after a week "21 Nov".
export function ago(at: Date, now: number): string {
  const passed = now - at.getTime();
  if (passed < 0) return `in ${span(passed)}`;
  if (passed < day) return passed < second ? 'just now' : `${span(passed)} ago`;
  if (passed < 7 * day) return `${at.toLocaleDateString('en-GB', {weekday: 'short'})} ${clock(at)}`;
  return at.getFullYear() === new Date(now).getFullYear() ? date(at) : `${date(at)} ${at.getFullYear()}`;
}

export const dateTime = (at: string | Date) => {
  const when = new Date(at);
  return `${date(when)}, ${clock(when)}`;
};
export const fullDate = (at: string | Date) =>
  new Date(at).toLocaleDateString('en-GB', {day: 'numeric', month: 'short', year: 'numeric'});
// What a condition says, with its times as the page writes them.
export const told = (message: string) => message.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => dateTime(time));
export const absolute = (at: string | Date) => {
  const when = new Date(at);
  const local = when.toLocaleString('en-GB', {dateStyle: 'medium', timeStyle: 'medium'});
  return `${local} (${when.toISOString().slice(0, 19).replace('T', ' ')} UTC)`;
};
export const clockUtc = (at: string | Date) => `${new Date(at).toISOString().slice(11, 16)} UTC`;
// "Firefox on Linux" of what a browser says of itself; anything else as it is.
export function clientWords(client: string): string {
  const browser = [['Edg/', 'Edge'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']].find(([mark]) => client.includes(mark!))?.[1];
  const system = [['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Windows', 'Windows'], ['Mac OS', 'macOS'], ['Linux', 'Linux']].find(([mark]) => client.includes(mark!))?.[1];
  return browser && client.startsWith('Mozilla/') ? `${browser}${system ? ` on ${system}` : ''}` : client.slice(0, 80);
}

// Where a difference was found.
export const surfaceWords: Record<string, string> = {caddy: 'Caddy’s running config', manifests: 'Objects of manifests', certificates: 'Certificate files', 'caddy-process': 'Caddy itself'};
export const driftTitle = (item: {object: string | null; surface: string}): string =>
  item.surface === 'caddy-process' ? 'Caddy did not answer' : `${item.object ?? surfaceWords[item.surface] ?? item.surface} was changed outside argos`;

// What the last look at a target said.
const checks: Record<string, string> = {CheckPasses: 'the check passes', CheckFails: 'the check fails', NotChecked: 'not checked'};
export const checkWords = (reason: string) => checks[reason] ?? reason.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`).replace(/^./, (first) => first.toLowerCase());

// A schedule of cron in words where it is a simple one: "every day, 02:00 UTC".
export function whenWords(schedule: string): string {
  const found = /^(\d{1,2}) (\d{1,2}) \* \* (\*|[0-6])$/.exec(schedule.trim());
  if (!found) return `${schedule} (UTC)`;
  const [, minutes, hours, weekday] = found;
  const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
  return `every ${weekday === '*' ? 'day' : days[Number(weekday)]}, ${hours!.padStart(2, '0')}:${minutes!.padStart(2, '0')} UTC`;
}

export const daysLeft = (until: string, now: number) => Math.floor((new Date(until).getTime() - now) / day);

// "a", "a and b", "a, b and 4 more"
export function list(names: string[], most = 3): string {
  if (names.length > most) return `${names.slice(0, most - 1).join(', ')} and ${names.length - most + 1} more`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

// The one of `words` that is nearest to what was typed, or none that is near.
export function nearest(typed: string, words: string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(typed.length / 2)) + 1;
  for (const word of words) {
    const away = distance(typed, word.slice(0, typed.length + 2), least);
    if (away < least) [best, least] = [word, away];
  }
  return best;
}

function distance(one: string, other: string, cap: number): number {
  if (Math.abs(one.length - other.length) >= cap) return cap;
  let row = Array.from({length: other.length + 1}, (_, at) => at);
  for (let i = 1; i <= one.length; ++i) {
    const next = [i];
    for (let j = 1; j <= other.length; ++j)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
}
