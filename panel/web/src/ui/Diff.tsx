// SPDX-License-Identifier: Apache-2.0
// A unified diff, as text that is read out too: "added" and "removed" are words, not only colours.
import type {ReactNode} from 'react';
import css from './Diff.module.css';

// `place`: what all of it is about; then the lines' numbers, within that, tell where a part of it is.
export function Diff({text, label, place, numbered = false}: {text: string; label: string; place?: ReactNode; numbered?: boolean}) {
  const lines = withoutMargin(text.split('\n').filter((line) => line !== '' && !line.startsWith('---') && !line.startsWith('+++')));
  const numbers = numbered ? numbersOf(lines) : [];
  return (
    <div className={css.diff} role="group" aria-label={label} tabIndex={0}>
      {place && <div className={css.place}>{place}</div>}
      {lines.map((line, at) => numbered && isPlace(line) ? (at > 0 && <div key={at} className={css.gap} aria-hidden="true">…</div>) : <Line key={at} line={line} number={numbers[at]} />)}
    </div>
  );
}

// Of each line, in the text that it stands in: what is removed in the one before, all else in the one after.
function numbersOf(lines: string[]): number[] {
  let before = 0, after = 0;
  return lines.map((line) => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line);
    if (hunk) [before, after] = [Number(hunk[1]), Number(hunk[2])];
    if (hunk) return 0;
    if (line[0] === '-') return before++;
    if (line[0] === ' ') before++;
    return after++;
  });
}

function Line({line, number}: {line: string; number?: number}) {
  if (line.startsWith('@@')) return <div className={css.place}>{placeOf(line)}</div>;
  const kind = line[0] === '+' ? 'added' : line[0] === '-' ? 'removed' : 'same';
  return (
    <div className={`${css.line} ${css[kind]}`}>
      {number !== undefined && <span className={css.number} aria-hidden="true">{number}</span>}
      <span className={css.sign} aria-hidden="true">{kind === 'same' ? ' ' : line[0]}</span>
      {kind !== 'same' && <span className="sr-only">{kind}: </span>}
      {line.slice(1)}
    </div>
  );
}

const isPlace = (line: string) => line.startsWith('@@');
// "@@ -533,6 +533,10 @@" -> "line 533"
const placeOf = (line: string) => line.replace(/@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@/, 'line $1').replace(/@@/g, '').trim();

// Lines that stand deep in a document, without the margin that all of a place have.
function withoutMargin(lines: string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < lines.length;) {
    if (isPlace(lines[at]!)) out.push(lines[at++]!);
    const end = lines.findIndex((line, index) => index >= at && isPlace(line));
    const some = lines.slice(at, end < 0 ? lines.length : end);
    const margin = Math.min(...some.map((line) => line.slice(1).search(/\S|$/)));
    out.push(...some.map((line) => line[0] + line.slice(1 + margin)));
    at += some.length;
  }
  return out;
}

// Two values as lines, with what differs marked.
export function unified(before: unknown, after: unknown): string {
  const lines = (value: unknown) => value === null || value === undefined ? [] : JSON.stringify(value, null, 2).split('\n');
  const [a, b] = [lines(before), lines(after)];
  const longest = Array.from({length: a.length + 1}, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; --i)
    for (let j = b.length - 1; j >= 0; --j)
      longest[i]![j] = a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!);
  const out: string[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push(` ${a[i++]}`);
      ++j;
    } else if (i < a.length && (j >= b.length || longest[i + 1]![j]! >= longest[i]![j + 1]!)) {
      out.push(`-${a[i++]}`);
    } else {
      out.push(`+${b[j++]}`);
    }
  }
  return around(out, 3).join('\n');
}

function around(lines: string[], context: number): string[] {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - context), at + context + 1).some((line) => line[0] !== ' '));
  const out: string[] = [];
  lines.forEach((line, at) => {
    if (near[at]) out.push(line);
    else if (at > 0 && near[at - 1]) out.push('@@ … @@');
  });
  return out;
}
