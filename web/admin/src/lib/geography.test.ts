import { expect, it } from 'vitest';
import { countries, countryName, languages } from './geography';

it('offers every country once, by its current code', () => {
  const all = countries();
  expect(all.length).toBeGreaterThan(240);
  expect(all.length).toBeLessThan(260);
  expect(new Set(all.map(country => country.label)).size).toBe(all.length);
  expect(all.map(country => country.value)).toEqual(expect.arrayContaining(['DE', 'US', 'GB', 'XK', 'TW']));
  expect(all.map(country => country.value)).not.toEqual(expect.arrayContaining(['DD']));
  expect(countryName('AT')).toBe('Austria');
  expect(countryName('')).toBe('');
});

it('offers languages by their current code', () => {
  const codes = languages().map(language => language.value);
  expect(codes).toEqual(expect.arrayContaining(['de', 'en', 'he']));
  expect(codes).not.toContain('iw');
});
