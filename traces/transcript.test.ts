import { beforeAll, expect, test } from 'vitest';
import { check } from '../checker/check.js';
import { twoPhaseCommit } from '../checker/models/two-phase-commit.js';
import type { Trace } from './format.js';
import { recordTrace } from './record.js';
import { renderTranscript } from './transcript.js';

let trace: Trace;
beforeAll(async () => {
  const model = twoPhaseCommit.build(
    twoPhaseCommit.schema.parse({ participants: 3, defect: 'commit-early' }),
  );
  const [violation] = (await check(model)).violations;
  trace = recordTrace(model, violation!.path, violation);
});

test('a commit decided without one of the resource managers, in full', () => {
  expect(renderTranscript(trace, { width: 100, color: false })).toMatchInlineSnapshot(`
    "  0  initial state
         tm init
         rm1 { state: working, vote: none }
         rm2 { state: working, vote: none }
         rm3 { state: working, vote: none }
      1  RMChooseToAbort rm=1   rm1.state: working -> aborted
      2  RMPrepare rm=2         rm2.state: working -> prepared, rm2.vote: none -> sent
      3  TMRcvPrepared rm=2     rm2.vote: sent -> received
      4  RMPrepare rm=3         rm3.state: working -> prepared, rm3.vote: none -> sent
      5  TMRcvPrepared rm=3     rm3.vote: sent -> received
      6  TMCommit               tm: init -> committed
      7  RMRcvCommitMsg rm=2    rm2.state: prepared -> committed

    TCConsistent breaks after step 7
         No resource manager has committed while another has aborted.
         rm1.decision: aborted
         rm2.decision: committed
         rm3.decision: null
    "
  `);
});

test('in a narrow terminal the changes stand below the action', () => {
  const [, , , , , ...steps] = renderTranscript(trace, { width: 40, color: false, steps: 2 }).split('\n');
  expect(steps.join('\n')).toMatchInlineSnapshot(`
    "  1  RMChooseToAbort rm=1
           rm1.state: working -> aborted
      2  RMPrepare rm=2
           rm2.state: working -> prepared
           rm2.vote: none -> sent
    "
  `);
});

test('a counterexample of no steps says so', () => {
  const text = renderTranscript({ ...trace, steps: [] }, { width: 80, color: false });
  expect(text).toContain('TCConsistent breaks in the initial state');
});
