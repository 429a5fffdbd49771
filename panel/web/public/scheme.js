// SPDX-License-Identifier: Apache-2.0
// Light or dark, before the first paint: the choice made here, else the system's.
(() => {
  const chosen = localStorage.getItem('scheme');
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
