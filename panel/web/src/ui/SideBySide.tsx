// SPDX-License-Identifier: Apache-2.0
// Wanted left, found right, keys in the same order, only what differs marked.
import {flat, same} from '../model/merge';
import css from './SideBySide.module.css';

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (value !== null && typeof value === 'object' && !Array.isArray(value) ? flat(value) : {'': value});
const shown = (value: unknown) => (value === undefined || value === null ? 'missing' : typeof value === 'string' ? value : JSON.stringify(value));

export function SideBySide({wanted, found}: {wanted: unknown; found: unknown}) {
  const [left, right] = [fields(wanted), fields(found)];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter((key) => key !== '' || left[''] !== undefined || right[''] !== undefined);
  const side = (of: Fields, other: Fields, word: string, tone: string | undefined) => (
    <div className={css.side}>
      <p className={css.head}>{word}</p>
      {keys.map((key) => {
        const differs = !same(of[key], other[key]);
        return <p key={key} className={css.line}>{key && `${key}: `}<span className={differs ? tone : undefined}>{differs && <span className="sr-only">differs: </span>}{shown(of[key])}</span></p>;
      })}
    </div>
  );
  return <div className={css.both}>{side(left, right, 'Wanted', css.wanted)}{side(right, left, 'Found', css.found)}</div>;
}
