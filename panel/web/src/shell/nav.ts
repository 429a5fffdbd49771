// SPDX-License-Identifier: Apache-2.0
// The pages of the navigation, and what stands next to each: its count and the worst status.
import {
  useBackups, useCertificates, useDrift, useHosts, useManifests, useTargetGroups,
} from '../api/queries';
import type {Host} from '../api/types';
import {type Class, find, ofBackup, ofCertificate, ofHost, ofTargetGroup, worst} from '../model/status';
import {useMemo} from 'react';
import {useClock} from '../ui/Ago';
import {useFresh} from './fresh';
import type {IconName} from '../ui/Icon';

export interface Place {href: string; text: string; icon: IconName; key: string; group: string; admin?: boolean; phone?: boolean}

export const places: Place[] = [
  {href: '/', text: 'Overview', icon: 'overview', key: 'o', group: '', phone: true},
  {href: '/hosts', text: 'Hosts', icon: 'hosts', key: 'h', group: 'Serving', phone: true},
  {href: '/target-groups', text: 'Target groups', icon: 'groups', key: 't', group: 'Serving'},
  {href: '/certificates', text: 'Certificates', icon: 'certificates', key: 'c', group: 'Serving', phone: true},
  {href: '/backups', text: 'Backups', icon: 'backups', key: 'b', group: 'Safety', phone: true},
  {href: '/drift', text: 'Drift', icon: 'drift', key: 'd', group: 'Safety'},
  {href: '/manifests', text: 'Manifests', icon: 'manifests', key: 'm', group: 'Desired state'},
  {href: '/audit', text: 'Audit', icon: 'audit', key: 'a', group: 'Desired state', admin: true},
  {href: '/users', text: 'Users', icon: 'users', key: 'u', group: 'This gateway', admin: true},
  {href: '/settings', text: 'Settings', icon: 'settings', key: 's', group: 'This gateway'},
];

const renews = (host: Host) => host.spec.enabled && ['auto', 'internal'].includes(host.spec.tls.mode);
const ofShown = (host: Host): Class => (find(host.status.conditions, 'Valid')?.status === 'False' ? 'warn' : 'ok');

export interface Mark {count: number; class: Class}

export function useMarks(): Record<string, Mark | undefined> {
  const fresh = useFresh();
  const hosts = useHosts().data?.items, groups = useTargetGroups().data?.items, certificates = useCertificates().data?.items;
  const backups = useBackups().data?.items, drift = useDrift().data, manifests = useManifests().data;
  const patience = useClock((now) => Math.floor(now / 10_000)); // what fails for 30 s becomes bad by time alone
  return useMemo(() => {
  void patience;
  const mark = (of: Class[] | undefined): Mark | undefined => of && {count: of.length, class: fresh ? worst(of) : 'unknown'};
  return {
    '/hosts': mark(hosts?.map((one) => ofHost(one).class)),
    '/target-groups': mark(groups?.map((one) => ofTargetGroup(one).class)),
    '/certificates': mark(certificates && hosts && [...certificates.map((one) => ofCertificate(one).class), ...hosts.filter(renews).map((one) => ofShown(one))]),
    '/backups': mark(backups?.map((one) => ofBackup(one).class)),
    '/drift': drift && {count: drift.open, class: fresh ? (drift.open ? 'warn' : 'ok') : 'unknown'},
    '/manifests': manifests && {count: manifests.files.length, class: fresh ? (manifests.errorCount ? 'bad' : 'ok') : 'unknown'},
  };
  }, [fresh, patience, hosts, groups, certificates, backups, drift, manifests]);
}
