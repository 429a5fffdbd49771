// SPDX-License-Identifier: Apache-2.0
// A path that is no page.
import {Link} from 'wouter';
import {Empty, Page, parts, useTitle} from '../ui/parts';

export default function Lost() {
  useTitle('No such page');
  return <Page title="No such page"><div className={parts.card}><Empty title={`There is nothing at ${location.pathname}`} action={<Link href="/">Overview</Link>} /></div></Page>;
}
