import { expect, test } from '@jest/globals'
import { outage } from '../src/outage.ts'
import { type Report, reports } from '../src/reports.ts'

test('first, then a summary every five minutes, then the recovery', () => {
  let now = 1_000_000
  const said: Report[] = []
  const own = reports()
  own.subscribe((report) => said.push(report))
  const tell = outage('otlp', own, () => now)
  const failed = new Error('connect ECONNREFUSED\n  127.0.0.1:4317')
  for (let minute = 0; minute < 12; minute++) {
    tell(failed)
    now += 60_000
  }
  tell(undefined)
  tell(undefined)
  expect(said.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'warn metrics could not be exported by otlp: connect ECONNREFUSED 127.0.0.1:4317',
    'warn metrics could not be exported by otlp: connect ECONNREFUSED 127.0.0.1:4317 (5 exports failed since the last message)',
    'warn metrics could not be exported by otlp: connect ECONNREFUSED 127.0.0.1:4317 (5 exports failed since the last message)',
    'info metrics are exported again by otlp, after 12 failed exports',
  ])
})
