import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import * as debug from '@clew/debug'
import { listen } from '@clew/testing'
import { expect, test } from '@jest/globals'
import { PassingBody, shownBody } from '../src/payloads/body.ts'
import { secretNames } from '../src/payloads/redaction.ts'

const shown = { isSecret: secretNames(['iban']), maxBytes: 100 }

function bodyOf(content: string | Uint8Array): PassingBody {
  const body = new PassingBody()
  body.add(content)
  return body
}
const show = (content: string | Uint8Array, type?: string, encoding?: string) =>
  shownBody(bodyOf(content), type, encoding, shown)

const json = 'application/json; charset=utf-8'
test.each([
  [
    '{"a":1,"password":"x","b":[{"IBAN":"y"}]}',
    json,
    { a: 1, password: '[redacted]', b: [{ IBAN: '[redacted]' }] },
  ],
  ['{"a":1}', 'application/problem+json', { a: 1 }],
  ['"text"', json, 'text'],
  ['{"password":"hunter2', json, '{"password":[redacted]'],
  [
    'a=1&b=2&b=3&client_secret=x',
    'application/x-www-form-urlencoded',
    { a: '1', b: ['2', '3'], client_secret: '[redacted]' },
  ],
  [
    'token=abc, Authorization: Bearer abc.def',
    'text/plain',
    'token=[redacted], Authorization: [redacted] [redacted]',
  ],
  [
    '<a><password kind="x">abc</password><b>c</b></a>',
    'application/xml',
    '<a><password kind="x">[redacted]</password><b>c</b></a>',
  ],
  [Buffer.from([0xff, 0xfe, 0]), 'text/plain', '(text/plain, 3 bytes)'],
  ['%PDF-1.7', 'application/pdf', '(application/pdf, 8 bytes)'],
  ['data: x\n\n', 'text/event-stream', '(text/event-stream, 9 bytes)'],
  ['abc', undefined, '(no type, 3 bytes)'],
])('%j as %s is shown without secrets', (content, type, expected) => {
  expect(show(content, type)).toEqual(expected)
})

test('what is compressed or too long is named, what is long is cut', () => {
  expect(show(gzipSync('{"a":1}'), json, 'gzip')).toMatch(/^\(application\/json gzip, \d+ bytes\)$/)
  expect(show(JSON.stringify({ a: 'x'.repeat(70_000) }), json)).toBe(
    '(application/json, 70008 bytes)',
  )
  const long = show(JSON.stringify({ token: 'hidden', text: '∑'.repeat(100) }), json) as string
  expect(long).toMatch(/^\{"token":"\[redacted\]","text":"∑+…$/)
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(100 + 3)
})

test('a stream passes as it comes, and a body that nobody reads is not read', async () => {
  const lines: [string, any][] = []
  let isEnabled = true
  const logger = {
    log: (_level: string, message: string, fields: object) => void lines.push([message, fields]),
    isEnabled: () => isEnabled,
  }
  const watch = debug.logPayloads(logger)
  let more: (() => void) | undefined
  const server = await listen((req, res) => {
    watch(req, res, () => {
      res.setHeader('content-type', 'text/plain')
      if (req.url === '/stream') {
        res.write('first')
        more = () => res.end('second')
      } else res.end('unread')
    })
  })
  const answer = await fetch(`${server.url}/stream`)
  const reader = answer.body!.getReader()
  expect(Buffer.from((await reader.read()).value!).toString()).toBe('first')
  expect(lines).toEqual([])
  more?.()
  expect(Buffer.from((await reader.read()).value!).toString()).toBe('second')
  expect(lines).toEqual([['result', { result: 'firstsecond', status: 200, bytes: 11 }]])
  await reader.read()

  const asking = request(`${server.url}/unread`, { method: 'POST' })
  asking.on('error', () => {}).write('never read')
  await new Promise((resolve) => asking.on('response', (res) => res.resume().on('end', resolve)))
  expect(lines.at(-1)).toEqual(['result', { result: 'unread', status: 200, bytes: 6 }])
  asking.destroy()

  isEnabled = false
  lines.length = 0
  await (await fetch(`${server.url}/`, { method: 'POST', body: 'x' })).text()
  expect(lines).toEqual([])
  await server.close()
})

test('options are checked', () => {
  const logger = { log: () => {} }
  expect(() => debug.logPayloads({} as never)).toThrow(
    'debug.logPayloads: logger must be an object with the method log(); received ',
  )
  expect(() => debug.logPayloads(logger, { maxBytes: 0 })).toThrow(
    'debug.logPayloads: maxBytes must be an integer from 1 to 65536; received 0',
  )
})
