// SPDX-License-Identifier: Apache-2.0
// How the panel is put together: everything in files of its own, since the content security policy allows nothing inline.
import {defineConfig} from 'vite';

export default defineConfig({
  esbuild: {jsx: 'automatic', legalComments: 'none'},
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rollupOptions: {onwarn: (warning, tell) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || tell(warning)}, // Mantine's "use client"
  },
  server: {proxy: {'/api': process.env.ARGOS_URL ?? 'http://127.0.0.1:8080'}},
});
