// SPDX-License-Identifier: Apache-2.0
// What a form does when it is told to: whether it is under way, and why it failed the last time.
import {useState} from 'react';
import {Problem} from '../api/client';
import {reason} from './toast';

export interface Task {
  busy: boolean;
  problem: Problem | null;  // where the server said why
  failed: string;           // for a person; empty where nothing failed
  // True when it went well. What was said of the time before goes as soon as it begins.
  run: (job: () => Promise<unknown>) => Promise<boolean>;
  fail: (why: unknown) => void;
}

export function useTask(): Task {
  const [busy, work] = useState(false);
  const [why, fail] = useState<unknown>(null);
  const run = async (job: () => Promise<unknown>) => {
    work(true);
    fail(null);
    try {
      await job();
      return true;
    } catch (failed) {
      fail(failed);
      return false;
    } finally {
      work(false);
    }
  };
  return {busy, problem: why instanceof Problem ? why : null, failed: why ? reason(why) : '', run, fail};
}

// "spec.schedule" -> what is wrong with it, and what to do.
export function fieldError(problem: Problem | null, path: string): string | undefined {
  const found = problem?.errors.find((one) => one.path === path);
  return found && [found.message, found.hint].filter(Boolean).join('; ');
}
