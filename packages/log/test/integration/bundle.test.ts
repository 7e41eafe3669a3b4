import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEval, startNode } from '@clew/testing'
import { expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('../..', import.meta.url))

const program = `import * as log from '@clew/log'
const logger = log.configure({ caller: true, level: 'debug', outputs: { format: 'json' } })
const child = logger.child({ a: 1 })
const deep = () => child.error(new Error('child'))
logger.info('logger')
log.warn('ambient')
log.error(new Error('ambient error'))
deep()
log.asConsole().log('console')
log.asConsole(logger).table([])
log.asPino(logger).info('pino')
log.asWinston().log('info', 'winston')
log.scope({}, () => log.print('print'))
`

test('caller: in one file with the application, the line of the application', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
  try {
    writeFileSync(join(folder, 'in.mjs'), program)
    const build = nodeEval(
      `import { createRequire } from 'node:module'
      import { rollup } from 'rollup'
      const ours = process.cwd() + '/dist/esm/index.js'
      const resolve = { name: 'resolve', resolveId: (id) => (id === '@clew/log' ? ours : null) }
      const input = ${JSON.stringify(join(folder, 'in.mjs'))}
      const bundle = await rollup({ input, plugins: [resolve], external: /^node:/ })
      await bundle.write({ file: ${JSON.stringify(join(folder, 'out.mjs'))} })`,
      { cwd },
    )
    expect(await build.exit).toEqual({ code: 0, signal: null })
    const bundle = startNode(join(folder, 'out.mjs'))
    expect(await bundle.exit).toEqual({ code: 0, signal: null })
    const lines = bundle.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string; file?: string })
    const rowOf = (file: string | undefined) =>
      Number(/^[^/]+\/out\.mjs:(\d+)$/.exec(file ?? '')?.[1])
    const first = rowOf(lines[0]?.file)
    expect(lines.map(({ msg, file }) => [msg, rowOf(file) - first])).toEqual([
      ['logger', 0],
      ['ambient', 1],
      ['ambient error', 2],
      ['child', -1],
      ['console', 4],
      ['table', 5],
      ['pino', 6],
      ['winston', 7],
      ['print', 8],
      ['end', Number.NaN],
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
