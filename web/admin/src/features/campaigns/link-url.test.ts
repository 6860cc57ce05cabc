import { expect, it } from 'vitest';
import { clickApiCall, clickThrough, scriptTag, withParameters } from './link-url';
import { suggestName } from './suggest-name';

const parameter = (name: string, value: string) => ({ key: name, name, value });

it('adds parameters and leaves tokens alone', () => {
  const link = 'https://go.example.com/s?zone={zoneid}&site=[SITE]';
  expect(withParameters(link, [parameter('sub_id_5', 'a b&c'), parameter('x', '${token}')])).toBe(
    `${link}&sub_id_5=a%20b%26c&x=\${token}`,
  );
});

it('begins a query and stays before the fragment', () => {
  expect(withParameters('https://go.example.com/s', [parameter('a', '1')])).toBe('https://go.example.com/s?a=1');
  expect(withParameters('https://go.example.com/s#top', [parameter('a', '1')])).toBe(
    'https://go.example.com/s?a=1#top',
  );
  expect(withParameters('https://go.example.com/s', [parameter(' ', '1')])).toBe('https://go.example.com/s');
});

it('suggests names', () => {
  expect(suggestName('PopRiver', 'https://offers.example.com/x?y')).toBe('PopRiver – offers.example.com');
  expect(suggestName(undefined, 'VPN yearly')).toBe('VPN yearly');
  expect(suggestName('PopRiver', 'https://')).toBe('PopRiver');
  expect(suggestName(undefined, undefined)).toBe('');
});

it('writes snippets for the campaign and its domain', () => {
  const host = 'https://go.example.com';
  expect(scriptTag(host, 'summer')).toBe(`<script async src="${host}/track.js" data-campaign="summer"></script>`);
  expect(clickThrough(host)).toBe('https://go.example.com/click');
  expect(clickApiCall(host, 'abc')).toMatch(/^curl 'https:\/\/go\.example\.com\/click_api\/v3\?token=abc&/);
});
