// SPDX-License-Identifier: Apache-2.0
// What the pages read, by name. Lists are kept up to date by the stream of events; nothing is polled.
import {QueryClient, useQuery} from '@tanstack/react-query';
import {get, Problem} from './client';
import type {
  AuditEntry, BackupList, BackupPolicySpec, CertificateSpec, DriftReport, Explanation, HostSpec, Identity, ManifestReport, ObjList,
  RestoreReport, Revision, SessionEntry, SettingsSpec, StatusReport, TargetGroupSpec, TargetReport, Token, TracedController, User,
} from './types';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      retry: (tries, failed) => failed instanceof Problem && failed.unreachable && tries < 3,
    },
  },
});

const read = <T>(key: unknown[], path: string, enabled = true) =>
  useQuery<T, Problem>({queryKey: key, queryFn: ({signal}) => get<T>(path, signal), enabled});

export const useIdentity = () =>
  useQuery<Identity, Problem>({queryKey: ['session'], queryFn: ({signal}) => get<Identity>('/session', signal), retry: false});
export const useStatus = () => read<StatusReport>(['status'], '/status');
export const useHosts = () => read<ObjList<HostSpec>>(['hosts'], '/hosts');
export const useTargetGroups = () => read<ObjList<TargetGroupSpec>>(['targetgroups'], '/targetgroups');
export const useCertificates = () => read<ObjList<CertificateSpec>>(['certificates'], '/certificates');
export const useSettings = () => read<ObjList<SettingsSpec>>(['settings'], '/settings');
export const useBackupPolicies = () => read<ObjList<BackupPolicySpec>>(['backuppolicies'], '/backuppolicies');
export const useTargets = () => read<TargetReport>(['targets'], '/targets');
export const useBackups = () => read<BackupList>(['backups'], '/backups');
export const useDrift = () => read<DriftReport>(['drift'], '/drift');
export const useManifests = () => read<ManifestReport>(['manifests'], '/manifests');
export const useRestore = () => read<RestoreReport>(['restore'], '/restore');
export const useExplanation = (plural: string, name: string) =>
  read<Explanation>(['explain', plural, name], `/explain/${plural}/${name}`);
export const useController = (name: string) => read<TracedController>(['controller', name], `/controllers/${name}`);
export const useHistory = (kind: string, name: string) =>
  read<{items: Revision[]}>(['history', kind, name], `/history?kind=${kind}&name=${name}&limit=20`);
export const useRecent = () => read<{items: Revision[]}>(['recent'], '/history?limit=12');
export const useAudit = (query: string) => read<{items: AuditEntry[]}>(['audit', query], `/audit?${query}`);
export const useChanges = (query: string, enabled: boolean) => read<{items: Revision[]}>(['recent', query], `/history?${query}`, enabled);
export const useUsers = () => read<{items: User[]}>(['users'], '/users');
export const useTokens = () => read<{items: Token[]}>(['tokens'], '/tokens');
export const useSessions = () => read<{items: SessionEntry[]}>(['sessions'], '/sessions');

export const useMay = (right: 'change' | 'administer') => useIdentity().data?.rights.includes(right) ?? false;
