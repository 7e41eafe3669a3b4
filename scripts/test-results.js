// Jest reporter: leaves the counts of a package's run, and what failed in it, in $CLEW_TEST_RESULTS for the closing lines of
// .ci/run, and how long each file took. A second attempt takes the place of the first; what failed only the first time is kept as flaky.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')

export default class TestResults {
  constructor(config) {
    this.workspace = relative(root, config.rootDir)
  }

  onRunComplete(_contexts, results) {
    const folder = process.env.CLEW_TEST_RESULTS
    if (!folder) return
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `node ${process.version} ${this.workspace.replaceAll('/', ' ')}.json`)
    const before = read(file)
    const report = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
      failures: results.testResults.flatMap(failuresOf),
      files: results.testResults.map(({ testFilePath, perfStats }) => ({
        name: relative(root, testFilePath),
        seconds: (perfStats.end - perfStats.start) / 1000,
      })),
      flaky: [...(before?.flaky ?? []), ...(before?.failures ?? [])],
    }
    writeFileSync(file, JSON.stringify(report))
  }
}

function failuresOf(file) {
  const path = relative(root, file.testFilePath)
  if (file.testExecError)
    return [{ name: path, message: file.testExecError.message ?? 'did not run' }]
  return file.testResults
    .filter((test) => test.status === 'failed')
    .map((test) => ({
      name: `${path}: ${test.fullName}`,
      message: test.failureMessages.join('\n').slice(0, 2_000),
    }))
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
