// SPDX-License-Identifier: Apache-2.0
// What is there after the login: which page a path means. Pages other than the first are fetched ahead once that stands.
import {lazy, Suspense, useEffect} from 'react';
import {Redirect, Route, Switch} from 'wouter';
import '@mantine/core/styles/Overlay.css';
import '@mantine/core/styles/Paper.css';
import '@mantine/core/styles/ModalBase.css';
import '@mantine/core/styles/Modal.css';
import '@mantine/core/styles/Drawer.css';
import '@mantine/core/styles/Popover.css';
import '@mantine/core/styles/Menu.css';
import '@mantine/core/styles/Notification.css';
import '@mantine/core/styles/SegmentedControl.css';
import '@mantine/core/styles/Switch.css';
import '@mantine/notifications/styles.css';
import './mantine.css';
import {Notifications} from '@mantine/notifications';
import {Overview} from './pages/Overview';
import {Shell} from './shell/Shell';
import {Loading} from './ui/parts';

const load = {
  hosts: () => import('./pages/Hosts'),
  host: () => import('./pages/HostDetail'),
  groups: () => import('./pages/TargetGroups'),
  certificates: () => import('./pages/Certificates'),
  backups: () => import('./pages/Backups'),
  restore: () => import('./pages/Restore'),
  drift: () => import('./pages/Drift'),
  manifests: () => import('./pages/Manifests'),
  audit: () => import('./pages/Audit'),
  users: () => import('./pages/Users'),
  settings: () => import('./pages/Settings'),
  me: () => import('./pages/Me'),
  controller: () => import('./pages/Controller'),
  lost: () => import('./pages/Lost'),
};

const Hosts = lazy(load.hosts), HostDetail = lazy(load.host), TargetGroups = lazy(load.groups), Certificates = lazy(load.certificates),
  Backups = lazy(load.backups), Restore = lazy(load.restore), Drift = lazy(load.drift), Manifests = lazy(load.manifests),
  Audit = lazy(load.audit), Users = lazy(load.users), Settings = lazy(load.settings), Me = lazy(load.me),
  Controller = lazy(load.controller), Lost = lazy(load.lost);

function Pages() {
  useEffect(() => {
    const timer = setTimeout(() => Object.values(load).forEach((one) => void one().catch(() => undefined)), 4000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Suspense fallback={<Loading rows={8} />}>
      <Switch>
        <Route path="/"><Overview /></Route>
        <Route path="/login"><Redirect to={new URLSearchParams(location.search).get('next') ?? '/'} replace /></Route>
        <Route path="/hosts"><Hosts /></Route>
        <Route path="/hosts/:name">{({name}) => name === 'new' ? <Hosts /> : <HostDetail name={name} />}</Route>
        <Route path="/target-groups"><TargetGroups /></Route>
        <Route path="/target-groups/:name">{({name}) => <TargetGroups name={name} />}</Route>
        <Route path="/certificates"><Certificates /></Route>
        <Route path="/certificates/:name">{({name}) => <Certificates name={name} />}</Route>
        <Route path="/backups"><Backups /></Route>
        <Route path="/backups/:name">{({name}) => <Backups name={name} />}</Route>
        <Route path="/restore"><Restore /></Route>
        <Route path="/drift"><Drift /></Route>
        <Route path="/drift/:id">{({id}) => <Drift id={id} />}</Route>
        <Route path="/manifests"><Manifests /></Route>
        <Route path="/manifests/*"><Manifests /></Route>
        <Route path="/audit"><Audit /></Route>
        <Route path="/users"><Users /></Route>
        <Route path="/settings"><Settings /></Route>
        <Route path="/me"><Me /></Route>
        <Route path="/controllers/:name">{({name}) => <Controller name={name} />}</Route>
        <Route><Lost /></Route>
      </Switch>
    </Suspense>
  );
}

export default function Inside() {
  return <><Shell><Pages /></Shell><Notifications position="bottom-right" limit={4} /></>;
}
