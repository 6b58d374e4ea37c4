/** The page of a report: `zab check --html`. */
import { render } from 'preact';
import { useState } from 'preact/hooks';
import type { Line, ReportData, RunData, SearchData } from '../page/data.js';
import { pageData } from './data.js';
import { Levels } from './plot.js';
import { Broken, WholeState } from './step.js';
import { RunView, stateAt } from './view.js';

const MARKS = {
  yes: ['✔', 'good'],
  no: ['✘', 'bad'],
  open: ['?', 'warn'],
  none: ['–', 'muted'],
} as const;

const Lines = ({
  lines,
  words,
}: {
  lines: readonly Line[];
  words: Readonly<Record<Line['mark'], string>>;
}) => (
  <table class="lines">
    <tbody>
      {lines.map(({ name, claim, mark, remark }) => (
        <tr key={name} class={`line ${MARKS[mark][1]}`}>
          <td class="mark">
            {MARKS[mark][0]}
            <span class="hidden">{words[mark]}</span>
          </td>
          <th scope="row">{name}</th>
          <td>
            {claim} {remark && <span class="muted">({remark})</span>}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** Bars by the logarithm, or the commonest action would leave nothing to see of the others. */
const Coverage = ({ coverage }: { coverage: SearchData['coverage'] }) => {
  const most = Math.max(1, ...coverage.map(([, count]) => count));
  const never = coverage.filter(([, count]) => count === 0).map(([name]) => name);
  const taken = coverage.filter(([, count]) => count > 0);
  return (
    <>
      {never.length > 0 && (
        <p class="warn">
          Never taken: <b>{never.join(', ')}</b>
        </p>
      )}
      <ul class="coverage">
        {taken.map(([name, count]) => (
          <li key={name}>
            <span class="coverage-name">{name}</span>
            <span class="coverage-count">{count.toLocaleString('en')}</span>
            <span class="bar" style={{ width: `${(100 * Math.log1p(count)) / Math.log1p(most)}%` }} />
          </li>
        ))}
      </ul>
      <p class="muted">Times that each action was generated; bars are logarithmic.</p>
    </>
  );
};

const Run = ({ run, keys }: { run: RunData; keys: boolean }) => {
  const last = run.picture.steps.length;
  const [cursor, setCursor] = useState(last);
  return (
    <div class="run">
      <RunView run={run} cursor={cursor} select={setCursor} keys={keys ? 'letters' : 'none'}>
        {run.violation && cursor === last && <Broken violation={run.violation} />}
        <WholeState state={stateAt(run.picture, cursor)} />
      </RunView>
    </div>
  );
};

const Search = ({ search, first }: { search: SearchData; first: boolean }) => {
  const { invariants, goals, coverage, levels, facts, caveats, runs } = search;
  return (
    <>
      <p class="muted">{search.config}</p>
      <p class={`verdict verdict-${search.verdict}`}>{search.sentence}</p>
      {caveats.map((caveat) => (
        <p key={caveat} class="warn">
          Note: {caveat}
        </p>
      ))}
      {runs.map((run, i) => (
        <section key={run.title}>
          <h2>{run.title}</h2>
          <Run run={run} keys={first && i === 0} />
        </section>
      ))}
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {invariants.length > 0 && (
        <section>
          <h2>Invariants</h2>
          <Lines
            lines={invariants}
            words={{ yes: 'holds', no: 'broken', open: 'not decided', none: 'not asked' }}
          />
        </section>
      )}
      {goals.length > 0 && (
        <section>
          <h2>Goals</h2>
          <Lines
            lines={goals}
            words={{
              yes: 'reached',
              no: 'not reached',
              open: 'not reached yet',
              none: 'not within these bounds',
            }}
          />
        </section>
      )}
      {levels.length > 2 && (
        <section>
          <h2>States at each depth</h2>
          <Levels levels={levels} />
        </section>
      )}
      <section>
        <h2>Actions</h2>
        <Coverage coverage={coverage} />
      </section>
    </>
  );
};

const Overview = ({ searches }: { searches: readonly SearchData[] }) => (
  <table class="lines">
    <tbody>
      {searches.map(({ title, verdict, facts }) => (
        <tr key={title}>
          <th scope="row">{title}</th>
          <td class={`verdict-${verdict}`}>{verdict}</td>
          {facts.slice(0, 3).map(([name, value]) => (
            <td key={name}>
              <span class="muted">{name}</span> {value}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);

const Report = ({ report }: { report: ReportData }) => {
  const { title, when, searches } = report;
  return (
    <div class="report">
      <h1>
        {title} <span class="muted">{when}</span>
      </h1>
      {searches.length > 1 && <Overview searches={searches} />}
      {searches.length === 1 && <Search search={searches[0]!} first />}
      {searches.length > 1 &&
        searches.map((search, i) => (
          <details key={search.title} open={search.verdict !== 'verified'}>
            <summary>
              <b>{search.title}</b> <span class={`verdict-${search.verdict}`}>{search.verdict}</span>
            </summary>
            <Search search={search} first={i === 0} />
          </details>
        ))}
    </div>
  );
};

const root = document.getElementById('app')!;
root.replaceChildren();
render(<Report report={pageData('report').report} />, root);
