import { describe, expect, it } from 'vitest';
import { NAVIGATION, SETTINGS } from './navigation';
import { rank } from './palette-rank';

const pages = [...NAVIGATION.flatMap(group => group.items), ...SETTINGS].map(item => ({
  id: item.to,
  label: item.label,
  kind: 'Page',
  words: item.words,
}));

/** Words of other trackers, and the page that people who know them mean. */
const WORDS: [string, string][] = [
  ['flow', '/campaigns'],
  ['path', '/campaigns'],
  ['lander', '/destinations'],
  ['offer', '/destinations'],
  ['lp', '/destinations'],
  ['visit', '/logs/clicks'],
  ['subid', '/sources'],
  ['cid', '/sources'],
  ['s2s', '/sources'],
  ['webhook', '/outputs'],
  ['inbound', '/logs/postbacks'],
  ['leads', '/logs/conversions'],
  ['drilldown', '/report'],
  ['cname', '/domains'],
];

describe('other trackers’ words', () => {
  for (const [word, page] of WORDS) {
    it(`${word} finds ${page}`, () => {
      const found = rank(pages, word).slice(0, 4);
      expect(found.map(entry => entry.id)).toContain(page);
    });
  }
});

it('puts names before synonyms and finds nothing for nonsense', () => {
  expect(rank(pages, 'camp')[0]?.id).toBe('/campaigns');
  expect(rank(pages, 'postback url')[0]?.id).toBe('/networks');
  expect(rank(pages, 'zzz')).toEqual([]);
});
