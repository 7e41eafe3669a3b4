import * as debug from '@clew/debug'
import { nodeEval, readmeProblems } from '@clew/testing'
import { expect, test } from '@jest/globals'
import { packageFolder } from './support/workload.ts'

test('what is exported', () => {
  expect(Object.keys(debug).sort()).toEqual([
    'DebugError',
    'console',
    'cpuProfile',
    'heapProfile',
    'logPayloads',
    'redisSessions',
  ])
})

test('the pages say what the source says', () => {
  expect(readmeProblems(packageFolder)).toEqual([])
})

test.each(['import', 'require'])('%s loads neither the encoder nor the inspector', async (how) => {
  const child = nodeEval(
    `const before = new Set(process.moduleLoadList)
${how === 'import' ? "await import('@clew/debug')" : "require('@clew/debug')"}
const heavy = process.moduleLoadList.filter((name) => !before.has(name) && /inspector$/.test(name))
const cached = Object.keys(require('node:module')._cache ?? {}).filter((file) => /pprof-format/.test(file))
console.log(JSON.stringify([...heavy, ...cached]))`.replace(
      /require\('node:module'\)/,
      how === 'import' ? "(await import('node:module')).default" : "require('node:module')",
    ),
    { cwd: packageFolder, commonjs: how === 'require' },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(JSON.parse(child.stdout)).toEqual([])
})

test('the ESM and the CommonJS copy share the bound of captures and one sampler', async () => {
  const child = nodeEval(
    `import { createRequire } from 'node:module'
import * as esm from '@clew/debug'
const cjs = createRequire(process.cwd() + '/x.js')('@clew/debug')
if (esm.cpuProfile === cjs.cpuProfile) throw new Error('one copy only')
const running = [1, 2, 3, 4].map(() => esm.cpuProfile({ seconds: 0.2 }))
console.log(await cjs.cpuProfile({ seconds: 0.01 }).catch((error) => error.code))
await Promise.all(running)
const none = await cjs.heapProfile().catch((error) => error.code)
const a = esm.console({ logger: { override: () => () => {} } })
const shared = await cjs.heapProfile()
await a.shutdown()
const gone = await cjs.heapProfile().catch((error) => error.code)
console.log(none, shared.pprof.length > 0, gone)`,
    { cwd: packageFolder },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stderr).toBe('')
  expect(child.stdout).toBe('ERR_DEBUG_BUSY\nERR_DEBUG_NO_SAMPLER true ERR_DEBUG_NO_SAMPLER\n')
})
