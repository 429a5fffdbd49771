// SPDX-License-Identifier: Apache-2.0
// What the API says, as GET /api/v1/openapi.json describes it: the parts that the panel reads.

export type Truth = 'True' | 'False' | 'Unknown';

export interface Condition {
  type: string;
  status: Truth;
  reason: string;
  message: string;
  observedGeneration: number;
  lastTransitionTime: string;
}

export interface FieldError {path: string; reason: string; message: string; hint: string}

export interface Meta {
  name: string;
  generation: number;
  managedBy: 'manifest' | 'apply' | 'panel' | 'system';
  owner: string;
}

export interface ShownCertificate {
  name: string;
  issuer: string;
  notAfter: string;
  [fact: string]: unknown;
}

export interface CertificateFacts {
  host?: string;
  names?: string[];
  issuer?: string;
  notBefore?: string;
  notAfter?: string;
  daysLeft?: number;
  fingerprint?: string;
  [fact: string]: unknown;
}

export interface Obj<Spec = unknown> {
  kind: string;
  metadata: Meta;
  spec: Spec;
  status: {
    conditions: Condition[];
    changed?: {at: string; by: string} | null;
    errors?: FieldError[];
    certificate?: CertificateFacts;
    certificates?: ShownCertificate[];
  };
}

export interface HostSpec {
  domain: string;
  aliases: string[];
  targetGroup: string;
  enabled: boolean;
  tls: {mode: 'auto' | 'manual' | 'internal' | 'none'; email: string; challenge: string | null; acmeCaUrl: string};
  caddyHandlers: unknown[];
}

export interface TargetSpec {host: string; port: number; weight: number; enabled: boolean}

export interface TargetGroupSpec {
  protocol: 'http' | 'https';
  verifyTls: boolean;
  algorithm: 'round_robin' | 'least_conn' | 'ip_hash' | 'random';
  preserveHost: boolean;
  healthCheck: {
    enabled: boolean; path: string; method: string; expectStatus: string; interval: string; timeout: string;
    fails: number; passes: number;
  };
  targets: TargetSpec[];
}

export interface CertificateSpec {host: string; certificate: string; chain: string}

export interface SettingsSpec {
  acmeEmail: string;
  gracePeriod: string;
  streamCloseDelay: string;
  retryFor: string;
  drift: Record<'caddy' | 'manifests' | 'certificates', 'heal' | 'report'>;
  historyLimit: number;
}

export interface BackupPolicySpec {
  enabled: boolean;
  schedule: string;
  retention: {days: number; keepLast: number; keepDaily: number; keepWeekly: number; keepMonthly: number; kinds: string[]};
  includeCaddyData: boolean;
}

export type Host = Obj<HostSpec>;
export type TargetGroup = Obj<TargetGroupSpec>;
export type Certificate = Obj<CertificateSpec>;
export interface ObjList<Spec> {items: Obj<Spec>[]; continue?: string}

export interface Backup {
  kind: 'Backup';
  metadata: {name: string};
  spec: {kind: 'manual' | 'scheduled' | 'pre-upgrade' | 'orphan'; note: string};
  status: {
    createdAt: string; origin: string; sizeBytes: number; sha256: string; argosVersion: string; gitCommit: string; schemaVersion: number;
    dbSha256: string; dbBytes: number; caddyFiles: number; masterKeyId: string; tookMilliseconds: number | null;
    verifiedAt: string | null; conditions: Condition[];
  };
}

export interface BackupReport {
  running: {request: number | null; phase: string; doneBytes: number; totalBytes: number; etaSeconds: number | null} | null;
  nextRun: string | null;
  retentionHeld: string;
}

export interface BackupList {items: Backup[]; report: BackupReport | null}

export interface Controller {
  name: string;
  conditions: Condition[];
  objectsNotReady: number;
  lastReconcile: string | null;
  nextReconcile: string | null;
  reconciles: number;
  failures: number;
  queue: number;
}

export interface TracedController extends Controller {
  trace: {
    wakes: {key: string; why: string; when: string; times: number}[];
    results: {key: string; outcome: string; message: string; when: string; tookMs: number; times: number}[];
  };
}

export interface StatusReport {ready: boolean; version: string; controllers: Controller[]}

export interface DriftItem {
  id: number; surface: string; path: string; object: string | null; wanted: unknown; found: unknown; action: string;
  firstSeen: string; lastSeen: string; times: number; open: boolean;
  keep: {kind: string; name: string; field: string; wanted: unknown; found: unknown} | null;  // the field that would say it
  notKept: {reason: string; message: string; hint: string} | null;
}

export interface Suspended {object: string; kind: string; name: string; since: string; until: string | null; by: string; note: string}

export interface DriftReport {
  open: number;
  items: DriftItem[];
  suspended: Suspended[];
  policy: Record<string, string>;
}

export interface ManifestError {line: number; column: number; reason: string; message: string; hint: string; lines: {number: number; text: string}[]}

export interface ManifestReport {
  folder: string;
  files: {
    file: string;
    objects: {kind: string; name: string; line: number}[];
    errors: ManifestError[];
  }[];
  errorCount: number;
}

export interface TargetHealth {
  target: string; state: 'healthy' | 'unhealthy' | 'unknown'; reason: string; since: string | null; seen: string | null; fails: number;
}

export interface TargetReport {
  checked: string | null;
  trouble: unknown;
  groups: {name: string; targets: TargetHealth[]}[];
}

export interface Revision {
  revision: number; kind: string; name: string; at: string; what: string; actor: string; origin: string; fields: string[];
  before: unknown; after: unknown;
}

export interface Explanation {
  object: string;
  suspended: {since: string; until: string | null; note: string; actor: string} | null;
  from: {answer: string; managedBy: string; owner: string; file?: string; line?: number | null; lastRevision: Revision | null};
  row: {answer: string; generation: number; spec?: unknown; errors: FieldError[]};
  rendered: {answer: string; places: Record<string, unknown>[]};
  running: {answer: string; form: unknown; refused: unknown; accepted: unknown; places: Record<string, unknown>[]};
  conditions: Condition[];
  certificates: unknown;
  targets: unknown;
  controllers: TracedController[];
}

export interface ChangedPlace {path: string; names: string[]; diff: string}
export interface Preview {
  diff: string; places: ChangedPlace[]; morePlaces: number; hosts: {touched: number; untouched: number}; conditions: Record<string, Condition>;
}
export interface DryRun<Spec = unknown> {
  dryRun: true; outcome: 'created' | 'configured' | 'unchanged' | 'deleted'; before: Spec | null; after: Spec | null; certificate?: CertificateFacts | null; caddy: Preview;
}

export interface AuditEntry {
  id: number; at: string; actor: string; origin: string; action: string; kind: string; name: string; detail: unknown;
}

export type Role = 'viewer' | 'operator' | 'admin';
export type Right = 'read' | 'change' | 'administer';

export interface Identity {
  user: string; role: Role; rights: string[]; mustChangePassword: boolean; secondFactor: boolean; confirmed: boolean;
  recoveryCodes?: number;
}

export interface User {
  name: string; role: Role; disabled: boolean; mustChangePassword: boolean; secondFactor: boolean; createdAt: string | null;
  lastLoginAt: string | null; password?: string;
}

export interface Token {
  id: string; name: string; role: Role; owner: string; createdBy: string; createdAt: string | null; expiresAt: string | null;
  usedAt: string | null; usedFrom: string;
}

export interface SessionEntry {
  id: string; user: string; createdAt: string; usedAt: string; address: string; client: string; current: boolean;
}

export interface VerbRequest {
  id: number; verb: string; object: string; state: 'pending' | 'running' | 'done' | 'failed'; reason: string; message: string;
  requestedAt: string | null; requestedBy: string; finishedAt: string | null;
}

export interface RestoreReport {
  wanted: {id: string; archive: string; requestedAt: string; requestedBy: string} | null;
  progress: {phase: string; bytes: number; total: number} | null;
  refused: {reason: string; message: string; hint?: string; archive: string; at: string} | null;
}
