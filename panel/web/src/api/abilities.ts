// SPDX-License-Identifier: Apache-2.0
// What this gateway's API can do, by its own description: a panel never asks for what would be understood otherwise.
import {useQuery} from '@tanstack/react-query';
import {get} from './client';

interface Description {paths: Record<string, Record<string, {parameters?: {name: string; in: string}[]}>>}

function useDescription() {
  return useQuery<Description>({queryKey: ['openapi'], queryFn: () => get<Description>('/openapi.json'), gcTime: Infinity});
}

// null: not known yet.
export function useCanTryRestore(): boolean | null {
  const {data} = useDescription();
  return data ? data.paths['/api/v1/restore']?.post?.parameters?.some((one) => one.name === 'dryRun') ?? false : null;
}
