import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { optionsOf } from '../src/errors.ts'
import { clientAddress } from '../src/requests/client-address.ts'

const addressOf = clientAddress(optionsOf('log.http'), ['10.0.0.0/8'])
const seen = (remoteAddress: string, headers: Record<string, string>) =>
  addressOf({ socket: { remoteAddress }, headers } as unknown as IncomingMessage)

describe('the client behind a trusted proxy', () => {
  test.each<[string, Record<string, string>, string]>([
    ['none', {}, '10.0.0.1'],
    ['X-Forwarded-For', { 'x-forwarded-for': '9.9.9.9, 1.2.3.4, 10.0.0.2' }, '1.2.3.4'],
    [
      'Forwarded',
      { forwarded: 'for=9.9.9.9, for="[2001:db8::1]:4711";proto=https' },
      '2001:db8::1',
    ],
    ['Forwarded that is hidden', { forwarded: 'for=_hidden' }, '10.0.0.1'],
    ['both, the same', { forwarded: 'for=1.2.3.4', 'x-forwarded-for': '1.2.3.4' }, '1.2.3.4'],
    ['both, not the same', { forwarded: 'for=1.2.3.5', 'x-forwarded-for': '1.2.3.4' }, '10.0.0.1'],
    ['Forwarded of nobody', { forwarded: 'proto=https', 'x-forwarded-for': '1.2.3.4' }, '1.2.3.4'],
  ])('%s', (_name, headers, expected) => {
    expect(seen('10.0.0.1', headers)).toBe(expected)
    expect(seen('8.8.8.8', headers)).toBe('8.8.8.8')
  })
})
