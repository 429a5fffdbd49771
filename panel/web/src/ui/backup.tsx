// SPDX-License-Identifier: Apache-2.0
// "Back up now", from wherever it is asked for: the toast follows it to its end.
import {ask} from '../api/client';
import {queries} from '../api/queries';
import type {VerbRequest} from '../api/types';
import {follow} from './toast';

export function useBackupNow() {
  return (note: string) => follow('Backing up…', wait(note), (done) => {
    void queries.invalidateQueries({queryKey: ['backups']});
    return done.state === 'done' ? {class: 'ok', text: `Verified: ${done.message}`}
      : done.state === 'failed' ? {class: 'bad', text: `No backup: ${done.message}`}
      : {class: 'busy', text: 'The backup goes on; the page Backups shows how far it is'};
  });
}

async function wait(note: string): Promise<VerbRequest> {
  return (await ask<VerbRequest>('/backups?wait=30s', {method: 'POST', body: note ? {note} : {}})).body;
}
