// SPDX-License-Identifier: Apache-2.0
// The choice of light or dark, where public/scheme.js reads it before the first paint.
import type {MantineColorScheme, MantineColorSchemeManager} from '@mantine/core';

const key = 'scheme';

export const scheme: MantineColorSchemeManager = {
  get: (otherwise) => (localStorage.getItem(key) as MantineColorScheme | null) ?? otherwise,
  set: (value) => localStorage.setItem(key, value),
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => localStorage.removeItem(key),
};
