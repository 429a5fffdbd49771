// SPDX-License-Identifier: Apache-2.0
// Two people changed one object: which fields each touched, and both together where they did not touch the same ones.

type Fields = Record<string, unknown>;

// {tls: {mode}} -> {"tls.mode": …}; lists are one field.
export function flat(value: unknown, prefix = ''): Fields {
  const out: Fields = {};
  for (const [name, held] of Object.entries(value as Fields)) {
    const path = prefix ? `${prefix}.${name}` : name;
    if (held !== null && typeof held === 'object' && !Array.isArray(held)) Object.assign(out, flat(held, path));
    else out[path] = held;
  }
  return out;
}

export const same = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

export function touched(base: unknown, now: unknown): string[] {
  const [a, b] = [flat(base), flat(now)];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((path) => !same(a[path], b[path])).sort();
}

export const at = (value: unknown, path: string): unknown => flat(value)[path];

export function withField<T>(value: T, path: string, held: unknown): T {
  const [first, ...rest] = path.split('.') as [string, ...string[]];
  const inner = (value ?? {}) as Fields;
  return {...inner, [first]: rest.length ? withField(inner[first], rest.join('.'), held) : held} as T;
}

export interface Merge<T> {mine: string[]; theirs: string[]; both: string[]; merged: T}

// Where both changed a field to different values it is in `both`, and `merged` holds mine.
export function merge<T>(base: T, mine: T, theirs: T): Merge<T> {
  const [m, t] = [touched(base, mine), touched(base, theirs)];
  const both = m.filter((path) => t.includes(path) && !same(at(mine, path), at(theirs, path)));
  let merged = theirs;
  for (const path of m) merged = withField(merged, path, at(mine, path));
  return {mine: m, theirs: t, both, merged};
}
