// SPDX-License-Identifier: Apache-2.0
// The panel by keyboard: g and a letter, / for the search of the page, n and e for its first actions, j and k through rows.
import {useEffect} from 'react';
import {useLocation} from 'wouter';
import {places} from './nav';

export const help: [string, string][] = [
  ['Ctrl K', 'find or do'], ['/', 'search in the page'], ['g then a letter', 'go to a page'], ['n', 'new'], ['e', 'edit'], ['j, k, arrows', 'next row, row before'],
  ['Ctrl S', 'save'], ['Esc', 'close'], ['?', 'this list'],
];

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

const press = (key: string) => document.querySelector<HTMLElement>(`[data-key="${key}"]`);

function step(by: number) {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
}

export function useKeys(find: () => void) {
  const [, go] = useLocation();
  useEffect(() => {
    let after = 0;
    const handle = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
        event.preventDefault();
        find();
      }
      if ((event.ctrlKey || event.metaKey) && event.key === 's' && press('save')) {
        event.preventDefault();
        press('save')!.click();
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || localStorage.getItem('keys') === 'off') return;
      if (document.querySelector('[role=dialog]')) return;
      const going = Date.now() - after < 1500;
      after = event.key === 'g' ? Date.now() : 0;
      if (going) {
        const place = places.find((one) => one.key === event.key);
        if (place) go(place.href);
      } else if (event.key === '/' || event.key === 'n' || event.key === 'e') {
        const found = press(event.key);
        if (!found) return;
        event.preventDefault();
        if (event.key === '/') found.focus();
        else found.click();
      } else if (event.key === 'j' || event.key === 'k') {
        step(event.key === 'j' ? 1 : -1);
      } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && document.activeElement?.hasAttribute('data-row')) {
        event.preventDefault();
        step(event.key === 'ArrowDown' ? 1 : -1);
      } else if (event.key === '?') {
        find();
      }
    };
    addEventListener('keydown', handle);
    return () => removeEventListener('keydown', handle);
  }, [find, go]);
}
