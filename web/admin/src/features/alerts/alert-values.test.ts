import { describe, expect, it } from 'vitest';
import { inputOf, newChannel, valuesOf, withLength, WINDOWS } from './alert-values';

describe('alerts in the form', () => {
  it('sends the fields of each receiver’s own kind, and a secret only when one was typed', () => {
    const values = {
      ...valuesOf(null),
      name: ' Loss ',
      threshold: '-12,5',
      channels: [
        { ...newChannel('webhook'), url: 'https://hooks.example.com/a', kept: true },
        { ...newChannel('telegram'), chat_id: '-100', token: ' 1:a ' },
        { ...newChannel('email'), to: ['ana@example.com'] },
      ],
    };
    const input = inputOf(values, 3);
    expect(input).toMatchObject({ name: 'Loss', threshold: '-12.5', window_minutes: 60, version: 3 });
    expect(input.channels).toEqual([
      { type: 'webhook', url: 'https://hooks.example.com/a', authorization: null },
      { type: 'telegram', base_url: null, token: '1:a', chat_id: '-100' },
      { type: 'email', to: ['ana@example.com'] },
    ]);
  });

  it('offers a window that only a program can set', () => {
    expect(withLength(WINDOWS, '60')).toBe(WINDOWS);
    expect(withLength(WINDOWS, '90').at(-1)).toEqual({ value: '90', label: '90 minutes' });
  });
});
