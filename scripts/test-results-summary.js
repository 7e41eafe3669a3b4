// The closing lines of .ci/run: where the time went, what failed, by name, and "N passed, N failed, N skipped" over all runs.
// usage: node scripts/test-results-summary.js FOLDER [FAILED STEP...]
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder, ...failedSteps] = process.argv.slice(2)
const reports = readdirSync(folder)
  .sort()
  .map((file) => ({
    run: file.replace('.json', ''),
    ...JSON.parse(readFileSync(join(folder, file), 'utf8')),
  }))
const sum = (key) => reports.reduce((total, report) => total + report[key], 0)
const list = (key) =>
  reports.flatMap((report) => report[key].map((test) => ({ ...test, run: report.run })))

const slowest = list('files').toSorted((a, b) => b.seconds - a.seconds)
for (const { run, name, seconds } of slowest.slice(0, 20))
  console.log(`${seconds.toFixed(0).padStart(4)} s  ${name} (${run})`)
for (const { run, name, message } of [...list('flaky'), ...list('failures')])
  console.log(`\n${run}: ${name}\n${message}`)
for (const { run, name } of list('flaky'))
  console.log(`FLAKY, passed when run again: ${name} (${run})`)
for (const { run, name } of list('failures')) console.log(`FAILED: ${name} (${run})`)
for (const step of failedSteps) console.log(`FAILED STEP: ${step}`)
const failed = Math.max(sum('failed'), failedSteps.length)
console.log(`${sum('passed')} passed, ${failed} failed, ${sum('skipped')} skipped`)
