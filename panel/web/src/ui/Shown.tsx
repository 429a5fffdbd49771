// SPDX-License-Identifier: Apache-2.0
// A secret that is shown this once: copied, then closed by its button alone.
import {Button, Modal} from '@mantine/core';
import dialog from './dialog.module.css';
import {Command} from './parts';

export function Shown({title, secret, note, close}: {title: string; secret: string; note: string; close: () => void}) {
  return (
    <Modal opened onClose={() => undefined} closeOnEscape={false} withCloseButton={false} size={560} title={title}>
      <div className={dialog.body}>{secret.split('\n').map((line) => <Command key={line} text={line} />)}<p>{note}</p></div>
      <div className={dialog.bar}><span /><Button variant="filled" onClick={close}>I have it</Button></div>
    </Modal>
  );
}
