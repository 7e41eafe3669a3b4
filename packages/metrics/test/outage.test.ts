import type { Report } from '@clew/internal/reports/reporter'
import { expect, test } from '@jest/globals'
import { createOutageReporter } from '../src/sdk/outage.ts'

test('first, then a summary every five minutes, then the recovery', () => {
  let now = 1_000_000
  const reports: Report[] = []
  const exported = createOutageReporter(
    'otlp',
    (report) => reports.push(report),
    () => now,
  )
  const failed = new Error('connect ECONNREFUSED\n  127.0.0.1:4317')
  for (let minute = 0; minute < 12; minute++) {
    exported(failed)
    now += 60_000
  }
  exported(undefined)
  exported(undefined)
  expect(reports.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'warn otlp could not export metrics: connect ECONNREFUSED 127.0.0.1:4317',
    'warn otlp could not export metrics: connect ECONNREFUSED 127.0.0.1:4317 (5 exports failed since the last message)',
    'warn otlp could not export metrics: connect ECONNREFUSED 127.0.0.1:4317 (5 exports failed since the last message)',
    'info otlp exports metrics again, after 12 failed exports',
  ])
})
