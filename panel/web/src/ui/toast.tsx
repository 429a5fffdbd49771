// SPDX-License-Identifier: Apache-2.0
// What became of a change, at the corner: it follows the object until Caddy runs it, or says why not.
import {notifications} from '@mantine/notifications';
import type {ReactNode} from 'react';
import {Problem} from '../api/client';
import type {Class} from '../model/status';
import {parts} from './parts';
import {StatusIcon} from './Status';

let next = 0;

export interface Action {text: string; run: () => void}

function shown(id: string, of: Class, text: ReactNode, action?: Action) {
  return {
    id, message: (
      <span className={parts.inline}><span>{text}</span>
        {action && <button type="button" className={parts.link} onClick={() => { notifications.hide(id); action.run(); }}>{action.text}</button>}
      </span>
    ),
    icon: <StatusIcon of={of} size={18} />, color: 'transparent', autoClose: of === 'busy' ? false as const : of === 'bad' ? 20_000 : 6_000,
    closeButtonProps: {'aria-label': 'Close this message'},
  };
}

export function say(of: Class, text: ReactNode, action?: Action) {
  notifications.show(shown(`t${next++}`, of, text, action));
}

export interface Outcome {class: Class; text: ReactNode; action?: Action}
export async function follow<T>(begun: ReactNode, work: Promise<T>, ended: (value: T, seconds: string) => Outcome) {
  const id = `t${next++}`;
  const since = performance.now();
  notifications.show(shown(id, 'busy', begun));
  try {
    const out = ended(await work, `${((performance.now() - since) / 1000).toFixed(1)}\u00a0s`);
    notifications.update(shown(id, out.class, out.text, out.action));
  } catch (failed) {
    notifications.update(shown(id, 'bad', reason(failed)));
  }
}

export const reason = (failed: unknown) =>
  failed instanceof Problem ? [failed.detail, failed.hint].filter(Boolean).join('. ') : String(failed);
