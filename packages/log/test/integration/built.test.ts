import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('../..', import.meta.url))

test.each([
  ['ESM', `await import('@clew/log')`],
  ['CommonJS', `createRequire(process.cwd() + '/x.js')('@clew/log')`],
])('caller: none of the files that the built %s package consists of', async (_format, load) => {
  const child = nodeEval(
    `import { createRequire } from 'node:module'
    const log = ${load}
    const logger = log.configure({ caller: true, outputs: { format: 'json' } })
    logger.info('logger')
    log.warn('ambient')
    log.asConsole().log('console')
    log.asPino(logger).info('pino')`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  const lines = child.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ msg, file }) => [msg, file])).toEqual([
    ['logger', 'log/[eval1]:4'],
    ['ambient', 'log/[eval1]:5'],
    ['console', 'log/[eval1]:6'],
    ['pino', 'log/[eval1]:7'],
  ])
})
