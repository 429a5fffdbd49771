// SPDX-License-Identifier: Apache-2.0
// The Overview's one sentence, by the worst: what is not as wanted, what visitors get meanwhile, and what ends it.
import type {
  Backup, BackupReport, Certificate, Condition, Controller, DriftReport, Host, ManifestReport, RestoreReport, StatusReport, TargetGroup,
} from '../api/types';
import {type Class, find, fixOf, ofBackup, ofCertificate, ofController, ofHost, ofTargetGroup, rank} from './status';
import {dateTime, driftTitle, list, plural} from './words';

export interface World {
  hosts: Host[];
  groups: TargetGroup[];
  certificates: Certificate[];
  backups: Backup[];
  backupReport: BackupReport | null;
  status: StatusReport;
  drift: DriftReport | undefined;
  manifests: ManifestReport | undefined;
  restore: RestoreReport | undefined;
}

export interface Need {class: Class; title: string; text: string; since?: string; verb: string; href: string; key: string}
export interface Sentence {class: Class; title: string; text: string; verb?: string; href?: string; fix?: {text: string; href: string}; needs: Need[]}

const controllerOf = (world: World, name: string): Controller | undefined => world.status.controllers.find((one) => one.name === name);
const day = 86_400_000; // so long a restore that was refused is what one wants to know first
const is = (count: number) => (count === 1 ? 'is' : 'are');

const full = (one: Condition) => ['DiskFull', 'NoSpace'].includes(one.reason) && one.status === 'False';
const low = (one: Condition) => one.reason === 'SpaceLow' && one.status === 'False';
const saysRoom = (one: Controller) => one.conditions.some((said) => full(said) || low(said));

// A disk that is full, or nearly: what stops then, and what makes room.
function roomOf(world: World): Need | undefined {
  const all = [...world.status.controllers.flatMap((one) => one.conditions), ...world.certificates.flatMap((one) => one.status.conditions)];
  const said = all.find(full) ?? all.find(low);
  if (!said) return undefined;
  const over = full(said);
  return {
    class: over ? 'bad' : 'warn', title: over ? 'the disk is full' : 'the disk is nearly full', since: said.lastTransitionTime, verb: 'Choose what backups stay', href: '/backups', key: 'room',
    text: `${said.message.replace(/\.?$/, '.')} ${over ? 'Visitors are served as before, but nothing can be stored' : 'Once it is full nothing can be stored, and no backup made'}: delete what is not needed there, or let old backups go.`,
  };
}

// Everything that needs a person, worst first, then newest.
export function needsOf(world: World): Need[] {
  const out: Need[] = [];
  for (const host of world.hosts) {
    const verdict = ofHost(host);
    if (verdict.class !== 'bad' && verdict.class !== 'warn') continue;
    const {name} = host.metadata;
    out.push({
      class: verdict.class, title: `${host.spec.domain}: ${verdict.word.toLowerCase()}`, text: verdict.why?.message ?? '', since: verdict.why?.lastTransitionTime,
      verb: 'Show host', href: `/hosts/${name}`, key: `host/${name}`,
    });
  }
  const shownGroups = new Set(world.hosts.filter((host) => find(host.status.conditions, 'TargetsHealthy')?.status === 'False').map((host) => host.spec.targetGroup));
  for (const group of world.groups) {
    const verdict = ofTargetGroup(group);
    const {name} = group.metadata;
    if ((verdict.class !== 'bad' && verdict.class !== 'warn') || shownGroups.has(name) || verdict.why?.reason === 'Drifted') continue; // what was found says it
    out.push({class: verdict.class, title: `Target group ${name}: ${verdict.word.toLowerCase()}`, text: verdict.why?.message ?? '', since: verdict.why?.lastTransitionTime,
      verb: 'Show group', href: `/target-groups/${name}`, key: `group/${name}`});
  }
  for (const certificate of world.certificates) {
    const verdict = ofCertificate(certificate);
    if (verdict.class !== 'bad' && verdict.class !== 'warn') continue;
    const {name} = certificate.metadata, left = certificate.status.certificate?.daysLeft;
    out.push({class: verdict.class, title: left !== undefined && verdict.word === 'Expires soon' ? `The certificate ${name} expires in ${plural(left, 'day')}` : `Certificate ${name}: ${verdict.word.toLowerCase()}`,
      text: verdict.why?.message || 'It was imported, so argos cannot renew it: import the next one.', since: verdict.why?.lastTransitionTime,
      verb: 'Replace', href: `/certificates?import&name=${name}`, key: `certificate/${name}`});
  }
  for (const backup of world.backups) {
    const verdict = ofBackup(backup);
    if (verdict.class !== 'bad') continue;
    out.push({class: 'bad', title: `The backup of ${dateTime(backup.status.createdAt)} cannot be restored`, text: verdict.why?.message ?? '', since: verdict.why?.lastTransitionTime, verb: 'Show backup',
      href: `/backups/${backup.metadata.name}`, key: `backup/${backup.metadata.name}`});
  }
  for (const file of world.manifests?.files ?? []) {
    const error = file.errors[0];
    if (!error) continue;
    out.push({class: 'bad', title: `${file.file} has ${file.errors.length === 1 ? 'an error' : `${file.errors.length} errors`}${error.line ? ` on line ${error.line}` : ''}`,
      text: `${(error.message ?? '').replace(/\.?$/, '.')} What it declared before stays in force.`, verb: 'Show line', href: `/manifests/${file.file}`, key: `file/${file.file}`});
  }
  for (const item of world.drift?.items.filter((one) => one.open && one.surface !== 'caddy-process') ?? [])  // Caddy's own verdict tells of that
    out.push({class: 'warn', title: driftTitle(item), text: `${item.path}: left as found, as the policy says.`, since: item.firstSeen, verb: 'Compare', href: '/drift',
      key: `drift/${item.surface}/${item.path}`});
  const room = roomOf(world);
  if (room) out.push(room);
  for (const one of world.status.controllers) {
    if (room && saysRoom(one)) continue;
    const verdict = ofController(one);
    const own = verdict.class === 'bad' || (verdict.class === 'warn' && one.objectsNotReady === 0);
    if (!own || one.name === 'caddy' || one.name === 'caddy-process') continue;
    out.push({class: verdict.class, title: `${one.name}: ${verdict.word}`, text: '', since: verdict.why?.lastTransitionTime, verb: 'Show', href: `/controllers/${one.name}`, key: `controller/${one.name}`});
  }
  return out.sort((a, b) => rank(a.class) - rank(b.class) || (b.since ?? '').localeCompare(a.since ?? ''));
}

export function sentenceOf(world: World): Sentence {
  const needs = needsOf(world);
  const served = world.hosts.filter((one) => one.spec.enabled);
  const verdicts = served.map((host) => ({host, ...ofHost(host)}));
  const all = served.length;
  const caddy = find(controllerOf(world, 'caddy')?.conditions ?? [], 'Ready');
  if (!caddy || (caddy.status === 'Unknown' && caddy.reason !== 'Suspended'))
    return {class: 'unknown', title: 'Looking…', text: 'argos has started and has not read Caddy’s config yet.', needs};
  if (caddy.status === 'False')
    return {class: 'bad', title: caddy.reason === 'CaddyUnreachable' ? 'Caddy does not answer' : 'Caddy is in trouble',
      text: `${caddy.message}. Whether hosts are served is not known; argos tries again by itself.`, verb: 'What to do', href: '/controllers/caddy', needs};
  if (world.restore?.wanted)
    return {class: 'busy', title: `Restoring ${world.restore.wanted.archive}`, text: 'Caddy goes on serving what it serves.', verb: 'Show it', href: '/restore', needs};
  const refused = world.restore?.refused;
  if (refused && Date.now() - Date.parse(refused.at) < day)
    return {class: 'bad', title: 'The restore was refused', text: `${refused.message.replace(/\.?$/, '.')} The database is as it was, and so is what visitors get.`, verb: 'What to do', href: '/restore', needs: needs.filter((one) => one.key !== 'controller/restore')};
  const failing = verdicts.filter((one) => one.class === 'bad');
  if (failing.length > 0) {
    const [first] = failing;
    const rest = needs.filter((need) => !failing.some((one) => need.key === `host/${one.host.metadata.name}`));
    const text = failing.length === 1 ? `${first!.host.spec.domain}: ${first!.why?.message ?? first!.word}` : list(failing.map((one) => one.host.spec.domain), 4);
    return {class: 'bad', title: `${failing.length} of ${plural(all, 'host')} ${is(failing.length)} not served as wanted`,
      text: `${text}. ${meanwhile(first!.host, failing.length)}`, verb: failing.length === 1 ? 'Show host' : 'Show them',
      href: failing.length === 1 ? `/hosts/${first!.host.metadata.name}` : '/hosts?show=bad', fix: failing.length === 1 ? fixOf(first!.host, first!) : undefined, needs: rest};
  }
  const paused = verdicts.filter((one) => one.class === 'paused');
  if (paused.length > 0)
    return {class: 'paused', title: `${plural(paused.length, 'host')} ${is(paused.length)} suspended`, text: `argos leaves ${list(paused.map((one) => one.host.metadata.name))} alone: ${paused[0]!.why?.message ?? ''}`,
      verb: 'Show', href: '/hosts?show=paused', needs};
  const unknown = verdicts.filter((one) => one.class === 'unknown');
  if (unknown.length > 0)
    return {class: 'unknown', title: `Whether ${plural(unknown.length, 'host')} ${is(unknown.length)} served is not known`, text: unknown[0]!.why?.message ?? '', needs};
  const room = needs.find((one) => one.key === 'room');
  if (room)
    return {class: room.class, title: `All ${plural(all, 'host')} ${is(all)} served, but ${room.title}`, text: room.text, verb: room.verb, href: room.href, needs: needs.filter((one) => one !== room)};
  if (needs.length > 0)
    return {class: needs[0]!.class === 'bad' ? 'bad' : 'warn', title: `All ${plural(all, 'host')} ${is(all)} served, ${plural(needs.length, 'thing')} ${needs.length === 1 ? 'needs' : 'need'} you`,
      text: `${needs[0]!.title}.`, verb: needs[0]!.verb, href: needs[0]!.href, needs};
  const busy = verdicts.filter((one) => one.class === 'busy');
  if (busy.length > 0)
    return {class: 'busy', title: `Applying a change to ${list(busy.map((one) => one.host.metadata.name))}`, text: `The other ${all - busy.length} are served as wanted.`, needs};
  const good = world.backups.find((one) => ofBackup(one).class === 'ok');
  return {class: 'ok', title: `All ${plural(all, 'host')} ${is(all)} served as wanted`, text: `Caddy runs what you want. ${good ? '' : 'There is no good backup yet.'}`, needs};
}

// What visitors get of what is refused.
function meanwhile(host: Host, count: number): string {
  if (count > 1) return 'Until they are put right, visitors get what Caddy accepted last of each.';
  const programmed = find(host.status.conditions, 'Programmed');
  if (programmed?.reason === 'Drifted') return 'Visitors get what was changed, until it is put back.';
  if (programmed?.status === 'True') return 'Visitors get an error of Caddy’s until a target answers.';
  return 'Until it is put right, visitors get what Caddy accepted last of it; a host that was never accepted is not served.';
}
