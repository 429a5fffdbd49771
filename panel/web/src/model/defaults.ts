// SPDX-License-Identifier: Apache-2.0
// What holds where nobody has stored anything yet.
import type {BackupPolicySpec, SettingsSpec} from '../api/types';

export const settingsDefaults: SettingsSpec = {acmeEmail: '', gracePeriod: '10s', streamCloseDelay: '5m', retryFor: '5s', drift: {caddy: 'heal', manifests: 'heal', certificates: 'heal'}, historyLimit: 10_000};
export const policyDefaults: BackupPolicySpec = {enabled: true, schedule: '0 2 * * *', includeCaddyData: true, retention: {days: 14, keepLast: 3, keepDaily: 0, keepWeekly: 0, keepMonthly: 0, kinds: ['scheduled']}};
