import { expect, test } from '@jest/globals'
import { hasProxySign } from '../../src/network/proxy-signs.ts'

test.each([
  'cdn-loop',
  'cf-connecting-ip',
  'client-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'forwarded',
  'front-end-https',
  'true-client-ip',
  'via',
  'x-arr-ssl',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-forwarded-anything',
  'x-original-forwarded-for',
  'x-original-host',
  'x-real-ip',
  'x-scheme',
  'x-url-scheme',
])('%s is a sign of a proxy', (name) => {
  expect(hasProxySign({ headers: { host: 'h', [name]: '' }, httpVersion: '1.1' })).toBe(true)
})

test('HTTP/1.0, which proxy_pass of nginx speaks, is one', () => {
  expect(hasProxySign({ headers: { host: 'h' }, httpVersion: '1.0' })).toBe(true)
})

test.each(['accept', 'x-request-id', 'x-forwarded', 'x-envoy', 'traceparent'])(
  '%s is none',
  (name) => {
    const headers = { host: 'h', [name]: 'x' }
    for (const httpVersion of ['1.1', '2.0', undefined]) {
      expect(hasProxySign({ headers, httpVersion })).toBe(false)
    }
  },
)
