// SPDX-License-Identifier: Apache-2.0
// What lies in files that were dropped or pasted, before anything is sent: PEM blocks and their kinds. Whether they fit is the server's to say.
export interface Block {label: string; text: string; from: string}

export function blocksOf(text: string, from: string): Block[] {
  return [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g)].map((found) => ({label: found[1]!, text: `${found[0]}\n`, from}));
}

export const isKey = (block: Block) => block.label.endsWith('PRIVATE KEY');
export const isCertificate = (block: Block) => block.label === 'CERTIFICATE';
