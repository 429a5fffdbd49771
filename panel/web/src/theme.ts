// SPDX-License-Identifier: Apache-2.0
// What Mantine's components are given by default. Its colours are variables of tokens.css, so both schemes share one theme.
import {
  Button, createTheme, Drawer, type MantineColorsTuple, Menu, Modal, NativeSelect, PasswordInput, SegmentedControl, Textarea, TextInput,
  Tooltip,
} from '@mantine/core';

const tones: MantineColorsTuple = [
  '#f1f3f7', '#dfe3ea', '#c4cad4', '#a3abb8', '#7f8997', '#626b79', '#4e5663', '#363c47', '#1a1e27', '#0d1014',
];

// Mantine would lock the page's scrolling by a <style> of its own, which the content security policy forbids: base.css does it.
const floats = {lockScroll: false, 'data-locks-scroll': true, overlayProps: {color: 'var(--shade)', backgroundOpacity: 1}};
const order = {withAsterisk: false, inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[]};

export const theme = createTheme({
  colors: {ink: tones},
  primaryColor: 'ink',
  primaryShade: {light: 8, dark: 0},
  respectReducedMotion: true,
  components: {
    Button: Button.extend({defaultProps: {variant: 'default'}}),
    Drawer: Drawer.extend({defaultProps: floats}),
    Modal: Modal.extend({defaultProps: {...floats, centered: true}}),
    Menu: Menu.extend({defaultProps: {position: 'bottom-end', width: 200, shadow: 'md', withinPortal: true}}),
    NativeSelect: NativeSelect.extend({defaultProps: order}),
    PasswordInput: PasswordInput.extend({defaultProps: order}),
    SegmentedControl: SegmentedControl.extend({defaultProps: {fullWidth: true}}),
    Textarea: Textarea.extend({defaultProps: order}),
    TextInput: TextInput.extend({defaultProps: order}),
    Tooltip: Tooltip.extend({defaultProps: {openDelay: 300, events: {hover: true, focus: true, touch: false}}}),
  },
});
