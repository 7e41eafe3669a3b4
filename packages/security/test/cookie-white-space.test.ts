import * as security from '@clew/security'
import { expect, test } from '@jest/globals'

const { key, record } = security.issueApiKey({ owner: 'reporting' })
const pages = security.apiKey('pages', { in: 'cookie', keys: [record] })
const guard = security.create({ default: pages }).method('read')

test.each([
  ['as it is', key, true],
  ['between spaces and tabs', ` \t${key}\t `, true],
  ['between white space of Unicode', `\u00a0${key}`, false],
  ['behind a byte order mark', `\ufeff${key}`, false],
])('a key in a cookie, %s', async (_name, value, isAllowed) => {
  const { allowed } = await guard.authenticate({
    method: 'GET',
    url: '/',
    headers: { cookie: `__Host-api_key=${value}` },
    peer: '127.0.0.1',
    tls: undefined,
  })
  expect(allowed).toBe(isAllowed)
})
