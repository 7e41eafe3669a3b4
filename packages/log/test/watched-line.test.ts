import { Writable } from 'node:stream'
import { listen, topicOf } from '@clew/internal/observers/topic'
import * as log from '@clew/log'
import { expect, test } from '@jest/globals'

interface WatchedLine {
  readonly level: string
  readonly json: string
}

/** Logs a line, and tells how often its value was encoded. */
function logged(look?: (line: WatchedLine) => void): number {
  let encoded = 0
  const value = {
    toJSON() {
      encoded++
      return 'x'.repeat(9000)
    },
  }
  const to = new Writable({ write: (_chunk, _encoding, done) => done() })
  const logger = log.create({ outputs: { to } })
  const stop = look && listen(topicOf<WatchedLine>('log.line'), look)
  logger.warn('stock is low', { value, password: 'hunter2' })
  stop?.()
  logger.flush()
  return encoded
}

test('a line is made for who looks on when it is read, redacted and cut', () => {
  const levels: string[] = []
  const unread = logged(({ level }) => levels.push(level))
  expect([unread, levels]).toEqual([logged(), ['warn']])
  let json = ''
  const read = logged((line) => {
    json = line.json
  })
  expect(read).toBeGreaterThan(unread)
  expect(Buffer.byteLength(json)).toBeLessThanOrEqual(4096)
  expect(JSON.parse(json)).toMatchObject({ level: 'warn', msg: 'stock is low' })
  expect(json).not.toContain('hunter2')
})
