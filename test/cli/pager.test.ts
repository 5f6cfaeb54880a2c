import { expect, test } from 'vitest';
import { pagerOf } from '../../src/cli/pager.ts';

test.each([
  [{ GIT_PAGER: 'most', PAGER: 'more' }, 'delta', 'most'],
  [{ PAGER: 'more' }, 'delta', 'delta'],
  [{ PAGER: 'more' }, undefined, 'more'],
  [{}, undefined, 'less'],
  [{ GIT_PAGER: 'cat', PAGER: 'more' }, undefined, undefined],
  [{ GIT_PAGER: '', PAGER: 'more' }, undefined, undefined],
  [{ PAGER: ' ' }, undefined, undefined],
])('%j with core.pager %s: %s', (environment, configured, pager) => {
  expect(pagerOf(environment, configured)).toBe(pager);
});
