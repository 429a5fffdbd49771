// SPDX-License-Identifier: Apache-2.0
// From conditions to what a person sees: one of seven classes, and the object's own word. The only place that decides it.
import type {Backup, Certificate, Condition, Controller, Host, TargetGroup, TargetReport} from '../api/types';

export type Class = 'bad' | 'warn' | 'unknown' | 'busy' | 'paused' | 'off' | 'ok';

export interface Verdict {
  class: Class;
  word: string;
  why?: Condition;  // what says so, where it is not simply Ready
}

export const worstFirst: Class[] = ['bad', 'warn', 'unknown', 'busy', 'paused', 'ok', 'off'];
export const rank = (of: Class) => worstFirst.indexOf(of);
export function worst(classes: Iterable<Class>): Class {
  let out: Class = 'ok'; // what is switched off is so as wanted, and worth no mark
  for (const one of classes) if (rank(one) < rank(out)) out = one;
  return out;
}

export const find = (conditions: Condition[], type: string) => conditions.find((one) => one.type === type);

const failingFor = (condition: Condition, now: number) => now - new Date(condition.lastTransitionTime).getTime();
const patience = 30_000;  // what is not in force may still become so by itself

const badWords: Record<string, string> = {
  RejectedByCaddy: 'Refused', Invalid: 'Not valid', DomainTaken: 'Domain taken', TargetGroupNotFound: 'No target group',
  NotAccepted: 'Not accepted', Expired: 'Expired', CaddyUnreachable: 'Caddy does not answer', HostNotFound: 'No such host',
  NameNotCovered: 'Name not covered', NotYetValid: 'Not valid yet', Drifted: 'Changed outside argos',
};

// Reasons that only a person can end: no need to wait until they have lasted.
const stands = new Set(['RejectedByCaddy', 'Invalid', 'DomainTaken', 'TargetGroupNotFound', 'NotAccepted', 'Expired', 'NameNotCovered',
  'Drifted', 'WrongMasterKey', 'MasterKeyNotConfigured', 'MasterKeyUnknown', 'HostNotFound']);

// What holds of every object: paused, off, unknown, bad, busy, in this order; none where it is Ready for its newest form.
function common(conditions: Condition[], generation: number, busyWord: string, now: number): Verdict | null {
  const suspended = find(conditions, 'Suspended');
  if (suspended?.status === 'True') return {class: 'paused', word: 'Suspended', why: suspended};
  const ready = find(conditions, 'Ready');
  if (!ready || (ready.status === 'Unknown' && ready.reason === 'Pending')) return {class: 'busy', word: busyWord, why: ready};
  if (ready.status === 'Unknown') return {class: 'unknown', word: 'Not known', why: ready};
  if (ready.status === 'True') return ready.observedGeneration < generation ? {class: 'busy', word: busyWord} : null;
  const person = stands.has(ready.reason) || find(conditions, 'Stalled')?.status === 'True' || failingFor(ready, now) > patience;
  return person ? {class: 'bad', word: badWords[ready.reason] ?? 'Not as wanted', why: ready} : {class: 'busy', word: busyWord, why: ready};
}

export function ofHost(host: Host, now = Date.now()): Verdict {
  if (!host.spec.enabled) return {class: 'off', word: 'Switched off'};
  const {conditions} = host.status;
  const said = common(conditions, host.metadata.generation, 'Applying', now);
  if (said) return said;
  const targets = find(conditions, 'TargetsHealthy');
  if (targets?.status === 'False') {
    const all = targets.reason === 'AllTargetsDown';
    return {class: all ? 'bad' : 'warn', word: all ? 'No target answers' : 'Served, target down', why: targets};
  }
  const valid = find(conditions, 'Valid');
  if (valid?.status === 'False') return {class: 'warn', word: 'Served, certificate amiss', why: valid};
  return {class: 'ok', word: 'Served'};
}

// What most likely ends a host's trouble, and where: named after its effect.
export function fixOf(host: Host, verdict: Verdict): {text: string; href: string} {
  const {name} = host.metadata, why = verdict.why;
  if (why?.reason === 'Drifted') return {text: 'Compare', href: '/drift'};
  if (host.metadata.managedBy === 'manifest') return {text: 'Show the file', href: `/manifests/${host.metadata.owner}`};
  if (why?.type === 'TargetsHealthy') return {text: 'Show target group', href: `/target-groups/${host.spec.targetGroup}`};
  if (why && /^caddyHandlers/.test(why.message)) return {text: 'Fix the handlers', href: `/hosts/${name}?edit=caddyHandlers`};
  if (why?.reason === 'DomainTaken') return {text: 'Change the domain', href: `/hosts/${name}?edit=domain`};
  if (why?.reason === 'TargetGroupNotFound') return {text: 'Choose a target group', href: `/hosts/${name}?edit=targetGroup`};
  return {text: 'Edit the host', href: `/hosts/${name}?edit`};
}

export function ofTargetGroup(group: TargetGroup, now = Date.now()): Verdict {
  const {conditions} = group.status;
  const said = common(conditions, group.metadata.generation, 'Applying', now);
  if (said) return said;
  if (find(conditions, 'Programmed')?.reason === 'NotInUse') return {class: 'off', word: 'Not used'};
  const targets = find(conditions, 'TargetsHealthy');
  if (targets?.status === 'False') {
    const all = targets.reason === 'AllTargetsDown';
    return {class: all ? 'bad' : 'warn', word: all ? 'No target answers' : 'Target down', why: targets};
  }
  return {class: 'ok', word: targets?.status === 'True' ? 'Healthy' : 'In use'};
}

export const soon = 30;  // days

export function ofCertificate(certificate: Certificate, now = Date.now()): Verdict {
  const {conditions} = certificate.status;
  const valid = find(conditions, 'Valid');
  if (valid?.status === 'False' && valid.reason === 'Expired') return {class: 'bad', word: 'Expired', why: valid};
  const said = common(conditions, certificate.metadata.generation, 'Storing', now);
  if (said) return said;
  const left = certificate.status.certificate?.daysLeft;
  if (left !== undefined && left <= soon) return {class: 'warn', word: 'Expires soon'};
  return {class: 'ok', word: 'Valid'};
}

export function ofBackup(backup: Backup): Verdict {
  const {conditions} = backup.status;
  const verified = find(conditions, 'Verified');
  if (!verified || verified.status === 'Unknown') return {class: 'unknown', word: 'Not checked yet', why: verified};
  if (verified.status === 'False') return {class: 'bad', word: 'Cannot be restored', why: verified};
  const opens = find(conditions, 'Decryptable');
  if (opens?.status === 'False') return {class: 'warn', word: 'Without its secrets', why: opens};
  return {class: 'ok', word: 'Verified'};
}

// What is the matter with the objects of a controller, in the words of its own page.
const troubles: Record<string, (count: number) => string> = {
  caddy: (count) => `${count} not as wanted`,
  manifests: (count) => `${count} with an error`,
  backups: (count) => `${count} cannot be restored`,
  targets: (count) => `${count} with a target down`,
};

// About the controller: an object in trouble makes it warn, it is bad only where it cannot do its job.
// False is as it should be, or advice that stands on the controller's own page: not everybody may set a kernel's switch.
const calm = new Set(['Stalled', 'BackingUp', 'Restoring', 'ConnectionsMigrate']);

export function ofController(controller: Controller): Verdict {
  const ready = find(controller.conditions, 'Ready');
  if (!ready || (ready.status === 'Unknown' && ready.reason !== 'Suspended')) return {class: 'unknown', word: 'Not known', why: ready};
  if (ready.reason === 'Suspended' || find(controller.conditions, 'Suspended')?.status === 'True')
    return {class: 'paused', word: 'Suspended', why: ready};
  if (ready.status === 'False') return {class: 'bad', word: ready.message || ready.reason, why: ready};
  if (find(controller.conditions, 'BackingUp')?.status === 'True')
    return {class: 'busy', word: find(controller.conditions, 'BackingUp')!.message};
  if (find(controller.conditions, 'Restoring')?.status === 'True') return {class: 'busy', word: 'Preparing a restore'};
  const many = controller.objectsNotReady;
  if (many > 0) return {class: 'warn', word: (troubles[controller.name] ?? ((count) => `${count} ${count === 1 ? 'object' : 'objects'} not ready`))(many)};
  const amiss = controller.conditions.find((one) => one.status === 'False' && !calm.has(one.type));
  if (amiss) return {class: 'warn', word: amiss.message || amiss.reason, why: amiss};
  return {class: 'ok', word: 'Nothing pending'};
}

// Not live for so long: what is shown may be over.
export const stale = (verdict: Verdict): Verdict =>
  verdict.class === 'off' ? verdict : {class: 'unknown', word: 'Not known', why: verdict.why};

const order = ['Accepted', 'Programmed', 'TargetsHealthy', 'Valid', 'Ready'];
const place = (condition: Condition) => (order.includes(condition.type) ? order.indexOf(condition.type) : order.length);

// Failing first, then in the order of the work. Stalled is no row, and what is suspended says its own.
export function ordered(conditions: Condition[]): Condition[] {
  const weight = (one: Condition) => (one.status === 'False' ? 0 : one.status === 'Unknown' ? 1 : 2);
  return conditions.filter((one) => one.type !== 'Stalled').sort((a, b) => weight(a) - weight(b) || place(a) - place(b));
}

export interface Health {healthy: number; known: number; all: number}
export function healthOf(report: TargetReport | undefined, group: string, enabled: number): Health {
  const targets = report?.groups.find((one) => one.name === group)?.targets ?? [];
  return {
    healthy: targets.filter((one) => one.state === 'healthy').length,
    known: targets.filter((one) => one.state !== 'unknown').length,
    all: Math.max(targets.length, enabled),
  };
}
