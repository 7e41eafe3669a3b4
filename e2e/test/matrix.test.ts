// Every way in which an application may use the packages: each one takes the packed tarballs, in a
// folder outside of the workspace, and serves requests. docs/compatibility.md shows the same list.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCollector } from '@clew/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Bench, write } from './matrix/bench.ts'
import type { Cell } from './matrix/cell.ts'
import { cells, isRun, kinds, startCells } from './matrix/cells.ts'
import { manifestOf, npmInstall } from './matrix/installers.ts'
import { commands, names, packAll } from './matrix/packed.ts'
import { inJavaScript } from './matrix/program.ts'
import { compatibility } from './matrix/table.ts'

let bench: Bench | undefined
let results: ReadonlyMap<Cell, Promise<unknown>> | undefined

const folder = mkdtempSync(join(tmpdir(), 'clew-matrix-'))

beforeAll(async () => {
  const tarballs = await packAll([...names, ...commands], { to: folder })
  const project = join(folder, 'app')
  const others = { '@opentelemetry/api': '1.9.1', '@types/node': '^20.19.0' }
  await npmInstall(project, manifestOf({ tarballs }, names, others))
  write(project, { 'service.mjs': await inJavaScript('process', 'esm') })
  bench = { folder, tarballs, project, collector: await startCollector() }
  results = startCells(bench)
}, 600_000)

afterAll(async () => {
  await Promise.allSettled([...(results?.values() ?? [])])
  await bench?.collector.close()
  rmSync(folder, { recursive: true, force: true })
}, 600_000)

// What another version of Node runs is no test of this run, and so not counted as skipped.
const chosen = cells.filter(isRun)
describe.each(kinds.filter((kind) => chosen.some((cell) => cell.kind === kind)))('%s', (kind) => {
  for (const cell of chosen.filter((each) => each.kind === kind)) {
    test(cell.name, async () => void (await results?.get(cell)), 600_000)
  }
})

test('docs/compatibility.md shows these rows', () => {
  const page = new URL('../../docs/compatibility.md', import.meta.url)
  if (process.env['CLEW_MATRIX'] === 'all') writeFileSync(page, compatibility())
  expect(readFileSync(page, 'utf8')).toBe(compatibility())
})
