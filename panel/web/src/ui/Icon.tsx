// SPDX-License-Identifier: Apache-2.0
// Line icons on a grid of 24, drawn for this panel. Decoration: what they mean stands beside them or in a label.
const paths = {
  overview: 'M4 4h6v8H4zM14 4h6v5h-6zM4 16h6v4H4zM14 13h6v7h-6z',
  hosts: 'M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M3.500 9h17M3.500 15h17M12 3c-5 5.500-5 12.500 0 18M12 3c5 5.500 5 12.500 0 18',
  groups: 'M4 4h16v6H4zM4 14h16v6H4zM8 7h.01M8 17h.01M12 7h4M12 17h4',
  certificates: 'M10 18H4V5h16v7M8 9h8M8 12.500h3M16 14.500a2.500 2.500 0 1 0 .01 0M14.500 18.500V22l1.500-1 1.500 1v-3.500',
  backups: 'M3 4h18v4H3zM5 8v12h14V8M10 12h4',
  drift: 'M3 7h8l4 5M21 17h-4l-3-3.500M18 4l3 3-3 3M6 14l-3 3 3 3M3 17h6M21 7h-6',
  manifests: 'M8 3h7l4 4v10H8zM15 3v4h4M8 7H5v14h10v-4',
  audit: 'M4 5h4v4H4zM4 15h4v4H4zM12 6h8M12 9h5M12 16h8M12 19h5',
  users: 'M9 11a3.500 3.500 0 1 0-.01 0M3 20c0-4 2.500-6 6-6s6 2 6 6M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14.500c2 .8 3 2.500 3 5.500',
  settings: 'M12 9a3 3 0 1 0 .01 0M12 3l1 2.500 2.500 1 2.500-1 1.500 2.500-1.500 2v2.500l1.500 2-1.500 2.500-2.500-.5-2.500 1-1 2.500-1-2.500-2.500-1-2.500.5L4.500 14.500l1.500-2V10l-1.500-2L6 5.500l2.500 1 2.500-1z',
  user: 'M12 3a9 9 0 1 0 .01 0M12 7a3 3 0 1 0 .01 0M6 18.500c1-3 3-4 6-4s5 1 6 4',
  search: 'M10.500 4a6.500 6.500 0 1 0 .01 0M15.500 15.500L20 20',
  moon: 'M20 14A8.500 8.500 0 1 1 10 4a7 7 0 0 0 10 10z',
  sun: 'M12 8a4 4 0 1 0 .01 0M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500L19 19M19 5l-1.500 1.500M6.500 17.500L5 19',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  right: 'M9 5l7 7-7 7',
  down: 'M5 9l7 7 7-7',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  cross: 'M7 7l10 10M17 7L7 17',
  undo: 'M8 5L4 9l4 4M4 9h10a5 5 0 0 1 0 10h-3',
  copy: 'M8 8h12v12H8zM16 8V4H4v12h4',
  upload: 'M12 16V4M7 9l5-5 5 5M4 16v4h16v-4',
  download: 'M12 4v12M7 11l5 5 5-5M4 16v4h16v-4',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  panel: 'M3 5h18v14H3zM3 9h18',
  key: 'M15 4a5 5 0 1 0 .01 0M11.500 12.500L4 20v-3M7 17l2 2',
  link: 'M9 15l6-6M11 6l1-1a4.500 4.500 0 0 1 7 7l-1 1M13 18l-1 1a4.500 4.500 0 0 1-7-7l1-1',
  out: 'M14 4h6v6M20 4l-9 9M10 5H4v15h15v-6',
  logout: 'M10 4H4v16h6M15 8l4 4-4 4M19 12H9',
  terminal: 'M4 5h16v14H4zM8 10l3 2.500L8 15M13 15h3',
} as const;

export type IconName = keyof typeof paths;

export function Icon({name, size = 18}: {name: IconName; size?: number}) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={name === 'more' ? 3 : 1.8}
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

export function Eye({size = 22}: {size?: number}) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
      <path d="M1.500 12C4.500 7 8 4.500 12 4.500S19.500 7 22.500 12C19.500 17 16 19.500 12 19.500S4.500 17 1.500 12Z" />
      <circle cx="12" cy="12" r="3.500" fill="currentColor" />
    </svg>
  );
}
