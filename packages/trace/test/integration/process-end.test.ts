import { fileURLToPath } from 'node:url'
import { type Collector, nodeEval, startCollector } from '@clew/testing'
import { afterEach, beforeEach, expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
let collector: Collector

beforeEach(async () => {
  collector = await startCollector()
})
afterEach(() => collector.close())

const run = async (end: string, commonjs = false) => {
  const child = nodeEval(
    `${commonjs ? "const trace = require('@clew/trace')" : "import * as trace from '@clew/trace'"}
    async function main() {
      const tracing = await trace.configure({
        service: { name: 'script' }, sampler: 'always', exporter: trace.otlp({ endpoint: '${collector.endpoint}' }),
      })
      trace.span('work', () => {})
      ${end}
    }
    main()`,
    { cwd, commonjs },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  return { names: collector.spans.map(({ name }) => name), stderr: child.stderr }
}

test.each([false, true])(
  'a script that ends without shutdown() sends its spans, and says so (CommonJS: %s)',
  async (commonjs) => {
    expect(await run('', commonjs)).toEqual({
      names: ['work'],
      stderr:
        '@clew/trace warn: the process ends without shutdown() of tracing; 1 spans are sent now\n',
    })
  },
)

test('process.exit() loses them, and this is said', async () => {
  expect(await run('process.exit()')).toEqual({
    names: [],
    stderr:
      '@clew/trace warn: 1 spans were not exported: process.exit() was called without shutdown() of tracing\n',
  })
})

test('after shutdown(), and when nothing waits, there is nothing to say', async () => {
  expect(await run('await tracing.shutdown()')).toEqual({ names: ['work'], stderr: '' })
  expect(await run('await tracing.flush()')).toEqual({ names: ['work', 'work'], stderr: '' })
})
