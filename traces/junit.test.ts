import { expect, test } from 'vitest';
import { junitXml } from './junit.js';

test('passed, failed and skipped, counted; what XML cannot hold is escaped or replaced', () => {
  const xml = junitXml([
    {
      name: 'a "suite" & more',
      cases: [
        { name: 'first', seconds: 0.25 },
        { name: '<second>', seconds: 1, outcome: { kind: 'failure', message: 'a\nb', text: 'x < y \u0007' } },
        { name: 'third', seconds: 0, outcome: { kind: 'skipped', message: 'not supported' } },
      ],
    },
  ]);
  expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="a &quot;suite&quot; &amp; more" tests="3" failures="1" errors="0" skipped="1" time="1.250">
    <testcase classname="a &quot;suite&quot; &amp; more" name="first" time="0.250"/>
    <testcase classname="a &quot;suite&quot; &amp; more" name="&lt;second&gt;" time="1.000">
      <failure message="a b">x &lt; y \uFFFD</failure>
    </testcase>
    <testcase classname="a &quot;suite&quot; &amp; more" name="third" time="0.000">
      <skipped message="not supported"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});
