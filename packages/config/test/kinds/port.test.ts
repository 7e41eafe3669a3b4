import { createServer } from 'node:net'
import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { read, refusal, thrown } from '../support.ts'

describe('port', () => {
  test.each([
    ['3000', 3000],
    ['0', 0],
    ['65535', 65_535],
  ])('takes %s', (text, value) => expect(read(config.port(), text)).toBe(value))

  test.each([
    ['65536', undefined],
    ['-1', undefined],
    ['3e3', undefined],
    ['0x10', undefined],
    ['3000.0', undefined],
    ['\\\\.\\pipe\\x', undefined],
    ['080', 'remove the leading zeros'],
    ['+80', 'remove the +'],
    [' 3000', 'remove the white space around it'],
    ['3000\n', 'remove the white space around it'],
    [':3000', 'write the port only'],
    ['localhost:3000', 'write the port only'],
    ['1'.repeat(100_000), undefined],
  ])('refuses %.20s', (text, hint) =>
    expect(refusal(config.port(), text)).toMatchObject({
      code: 'invalid',
      expected: 'a port from 0 to 65535',
      hint,
    }),
  )

  test('bounds, and a default', () => {
    const kind = config.port({ min: 1024, max: 2000, default: 1024 })
    expect([read(kind, undefined), read(kind, '1024'), read(kind, '2000')]).toEqual([
      1024, 1024, 2000,
    ])
    for (const text of ['1023', '2001']) {
      expect(refusal(kind, text).expected).toBe('a port from 1024 to 2000')
    }
    expect(read(config.port({ default: '80' }), undefined)).toBe(80)
    expect(thrown(() => config.port({ default: 65_536 }))).toMatchObject({
      code: 'ERR_CONFIG_DECLARATION',
      message: 'config.port: default must be a port from 0 to 65535; received "65536"',
    })
  })

  test.each([{ min: -1 }, { max: 65_536 }, { min: 2, max: 1 }, { min: 1.5 }])(
    'option %j is a mistake',
    (options) => expect(thrown(() => config.port(options)).code).toBe('ERR_CONFIG_OPTION'),
  )

  test('is what listen() of Node takes', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(read(config.port(), '0'), resolve))
    await new Promise((resolve) => server.close(resolve))
  })
})
