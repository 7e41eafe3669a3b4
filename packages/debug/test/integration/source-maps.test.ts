import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { nodeEval } from '@clew/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { transformSync } from '@swc/core'
import { packageFolder } from '../support/workload.ts'

// Stripping the types moves the code: positions in the output differ from those in the source.
const source = `interface Order { readonly id: string }
interface Customer {
  readonly name: string
}

export function priceOfOrder(n: number): number {
  let sum = 0
  for (let i = 0; i < n; i++) {
    sum += Math.sqrt(i) * Math.sin(i)
  }
  return sum
}
const waitingRoom: Order[][] = []
export const queueOrders = (count: number): void => {
  waitingRoom.push(Array.from({ length: count }, (_, i) => ({ id: 'order ' + i })))
}
`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-maps-'))
  writeFileSync(join(folder, 'price.ts'), source)
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, how: { minify: boolean; inline: boolean; commonjs: boolean }) {
  const { code, map } = transformSync(source, {
    filename: 'price.ts',
    jsc: {
      parser: { syntax: 'typescript' },
      target: 'es2022',
      minify: { compress: false, mangle: how.minify },
    },
    module: { type: how.commonjs ? 'commonjs' : 'es6' },
    minify: how.minify,
    sourceMaps: true,
  })
  const payload = JSON.stringify({ ...JSON.parse(map as string), sources: ['price.ts'] })
  const link = how.inline
    ? `data:application/json;charset=utf-8;base64,${Buffer.from(payload).toString('base64')}`
    : `${name}.map`
  if (!how.inline) writeFileSync(join(folder, `${name}.map`), payload)
  writeFileSync(join(folder, name), `${code}\n//# sourceMappingURL=${link}\n`)
}

async function profiled(name: string) {
  const child = nodeEval(
    `import * as debug from '@clew/debug'
import orders, * as named from ${JSON.stringify(pathToFileURL(join(folder, name)).href)}
const { priceOfOrder, queueOrders } = { ...orders, ...named }
const console_ = debug.console({ logger: { override: () => () => {} } })
await debug.heapProfile()
const work = setInterval(() => { priceOfOrder(2e5); queueOrders(20_000) }, 1)
const cpu = await debug.cpuProfile({ seconds: 0.5, hz: 1000 })
clearInterval(work)
const heap = await debug.heapProfile()
console.log(JSON.stringify([cpu.top(100), heap.top(100)]))
process.exit()`.replace(
      'import orders, *',
      name.endsWith('.cjs') ? 'import orders, *' : 'const orders = {}; import *',
    ),
    { cwd: packageFolder },
  )
  const ended = await child.exit
  expect([ended.code, child.stderr]).toEqual([0, ''])
  const [cpu, heap] = JSON.parse(child.stdout) as {
    function: string
    file: string
    line: number
  }[][]
  return { cpu: cpu!, heap: heap! }
}

test.each([
  ['external.mjs', { minify: false, inline: false, commonjs: false }],
  ['inline.mjs', { minify: false, inline: true, commonjs: false }],
  ['minified.mjs', { minify: true, inline: false, commonjs: false }],
  ['external.cjs', { minify: false, inline: false, commonjs: true }],
  ['minified.cjs', { minify: true, inline: true, commonjs: true }],
])('%s: file, line and name of the source', async (name, how) => {
  write(name, how)
  const { cpu, heap } = await profiled(name)
  const file = join(folder, 'price.ts')
  expect(cpu.find((f) => f.file === file && f.line === 6)).toMatchObject({
    function: 'priceOfOrder',
  })
  const allocated = heap.filter((f) => f.file === file)
  expect(allocated.map((f) => f.line)).toContain(14)
  expect(allocated.find((f) => f.line === 14)?.function).toBe('queueOrders')
})

test.each([
  ['broken.mjs', 'broken.map'],
  ['absent.mjs', 'absent.map'],
  ['remote.mjs', 'http://127.0.0.1:1/remote.map'],
  ['odd.mjs', 'data:application/json,{'],
])('%s: a map at %s that cannot be read leaves the generated place', async (name, link) => {
  writeFileSync(join(folder, 'broken.map'), '{"version":3,"sources":[],"mappings":"!!"')
  const { code } = transformSync(source, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  })
  writeFileSync(join(folder, name), `${code}\n//# sourceMappingURL=${link}\n`)
  const { cpu } = await profiled(name)
  expect(cpu.find((f) => f.function === 'priceOfOrder')).toMatchObject({
    file: join(folder, name),
    line: 1,
  })
})
