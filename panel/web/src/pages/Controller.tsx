// SPDX-License-Identifier: Apache-2.0
// One controller, in a drawer over the Overview: what it says, what woke it, what came of it and how long it took.
import {Drawer} from '@mantine/core';
import {useLocation} from 'wouter';
import {useController} from '../api/queries';
import type {TracedController} from '../api/types';
import {ofController} from '../model/status';
import {plural} from '../model/words';
import {useBelieved} from '../shell/fresh';
import {Ago} from '../ui/Ago';
import {Conditions} from '../ui/Conditions';
import dialog from '../ui/dialog.module.css';
import {Card, Command, Facts, Reading, parts, useTitle} from '../ui/parts';
import {Sizes} from '../ui/Sizes';
import {Status} from '../ui/Status';
import {Overview} from './Overview';

export default function Controller({name}: {name: string}) {
  const [, go] = useLocation();
  const controller = useController(name);
  useTitle(`Controller ${name}`);
  return (
    <>
      <Overview />
      <Drawer opened onClose={() => go('/')} position="right" size={680} title={`Controller ${name}`} closeButtonProps={{'aria-label': 'Close'}}>
        <div className={dialog.body}><Reading of={[controller]}>{() => <Body controller={controller.data!} />}</Reading></div>
      </Drawer>
    </>
  );
}

const took = (ms: number) => (ms < 10 ? `${ms.toFixed(1)}\u00a0ms` : ms < 1000 ? `${Math.round(ms)}\u00a0ms` : `${(ms / 1000).toFixed(1)}\u00a0s`);

function Body({controller}: {controller: TracedController}) {
  const believed = useBelieved();
  const verdict = believed(ofController(controller));
  const {results, wakes} = controller.trace;
  const slowest = Math.max(0, ...results.map((one) => one.tookMs));
  return (
    <>
      <Status of={verdict.class}>{verdict.word}</Status>
      <Facts rows={[['Ran', <Ago key="r" at={controller.lastReconcile} />], ['Next', controller.nextReconcile ? <Ago key="n" at={controller.nextReconcile} /> : 'when something changes'], ['Runs', controller.reconciles.toLocaleString('en')], ['Failures', controller.failures.toLocaleString('en')], ['Queue', String(controller.queue)], ['Not ready', plural(controller.objectsNotReady, 'object')]]} />
      <Conditions conditions={controller.conditions} />
      <Card title="How long its runs took" side={results.length ? `at most ${took(slowest)}` : ''} flush={false}>
        {results.length ? <Sizes of={[...results].reverse().map((one) => ({at: one.when, value: one.tookMs}))} label={`Durations of the last ${plural(results.length, 'different run')}, at most ${took(slowest)}`} /> : <p className={parts.muted}>It has not run yet.</p>}
        <div className={parts.facts}>{results.slice(0, 8).map((one, at) => <p key={at}><span className={parts.muted}><Ago at={one.when} /></span> {one.outcome} {one.times > 1 && `(${one.times} times)`}, {took(one.tookMs)} {one.message && <span className={parts.muted}>{one.message}</span>}</p>)}</div>
      </Card>
      <Card title="What woke it" flush={false}>
        <div className={parts.facts}>{wakes.slice(0, 12).map((one, at) => <p key={at}><span className={parts.muted}><Ago at={one.when} /></span> {one.why} {one.times > 1 && `(${one.times} times)`}</p>)}</div>
      </Card>
      <Command text={`argos explain controller ${controller.name}`} />
    </>
  );
}
