// SPDX-License-Identifier: Apache-2.0
// Log in first. What comes after it is a script of its own, so that the login is there at once.
import {lazy, Suspense} from 'react';
import {useIdentity} from './api/queries';
import {Login} from './pages/Login';

const Inside = lazy(() => import('./inside'));

export function App() {
  const {data: identity, error, refetch} = useIdentity();
  if (identity && !identity.mustChangePassword) return <Suspense><Inside /></Suspense>;
  if (!identity && !error) return null;
  return <Login identity={identity} unreachable={error?.unreachable ?? false} again={refetch} />;
}
