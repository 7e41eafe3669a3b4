import { fileURLToPath } from 'node:url'
import * as config from '@clew/config'
import { nodeEval, readmeProblems } from '@clew/testing'
import { describe, expect, test } from '@jest/globals'

const folder = fileURLToPath(new URL('..', import.meta.url))

describe('the public API', () => {
  test('exports', () => {
    expect(Object.keys(config).sort()).toEqual([
      'ConfigError',
      'address',
      'boolean',
      'bytes',
      'connectionString',
      'custom',
      'duration',
      'envExample',
      'help',
      'integer',
      'isSecret',
      'json',
      'jsonSchema',
      'list',
      'load',
      'loadOrExit',
      'map',
      'markdown',
      'number',
      'oneOf',
      'port',
      'schema',
      'secret',
      'sources',
      'string',
      'url',
      'watch',
      'withRules',
    ])
  })

  test('the README says what the source says', () => {
    expect(readmeProblems(folder)).toEqual([])
  })

  test('importing it loads nothing but itself and Node', async () => {
    const child = nodeEval(
      `import { register } from 'node:module'
       const before = new Set(process.moduleLoadList)
       await import('@clew/config')
       const added = process.moduleLoadList.filter((name) => !before.has(name))
       console.log(JSON.stringify(added.filter((name) => /http|tls|crypto|inspector|worker|zlib/.test(name))))`,
      { cwd: folder },
    )
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(JSON.parse(child.stdout)).toEqual([])
  })
})
