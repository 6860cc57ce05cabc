import { expect, it } from 'vitest';
import { toCsv } from './csv';

it('quotes what needs quotes', () => {
  expect(toCsv([['a', 'b,c', 'say "hi"', 'two\nlines', null, 5]])).toBe('a,"b,c","say ""hi""","two\nlines",,5\r\n');
});

it('keeps visitors from planting formulas', () => {
  expect(toCsv([['=HYPERLINK("x")', '+1', '@a', '-cmd', '-12.50', '\t=1']])).toBe(
    '"\'=HYPERLINK(""x"")",\'+1,\'@a,\'-cmd,-12.50,\'\t=1\r\n',
  );
});
