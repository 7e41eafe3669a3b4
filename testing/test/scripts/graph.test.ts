import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import {
  circlesOf,
  folded,
  foldersOf,
  graphOf,
  layersOf,
  shortestCircle,
} from '../../../scripts/source/graph.js'
import { graphSection, sectionOf, withSection } from '../../../scripts/source/graph-text.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graph ä '))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return graphOf(folder)
}

test('finds import statements, re-exports, import types and dynamic imports', () => {
  const graph = write({
    'a.ts': `import './b.ts'; export * from './c.ts'; export { x } from './d/e.ts'
      type T = import('./f.ts').T; await import('./g.ts'); import type { U } from './h.ts'
      import 'node:fs'; import './not-there.ts' // import './i.ts'`,
    ...Object.fromEntries(['b', 'c', 'd/e', 'f', 'g', 'h', 'i'].map((name) => [`${name}.ts`, ''])),
  })
  expect(graph.get('a.ts')?.sort()).toEqual(['b.ts', 'c.ts', 'd/e.ts', 'f.ts', 'g.ts', 'h.ts'])
})

test('folders can form a cycle though their files do not', () => {
  const graph = write({
    'p/1.ts': `import '../q/1.ts'`,
    'q/1.ts': `import '../r.ts'`,
    'q/2.ts': `import '../p/2.ts'`,
    'p/2.ts': '',
    'r.ts': '',
  })
  expect(circlesOf(graph)).toEqual([])
  expect(layersOf(graph)).toBeDefined()
  expect(circlesOf(folded(graph))).toEqual([['p', 'q']])
  expect(layersOf(folded(graph))).toBeUndefined()
})

test('each folder has a graph of its own entries', () => {
  const graph = write({
    'p/a.ts': `import './q/b.ts'; import '../r/a.ts'`,
    'p/q/b.ts': '',
    'p/q/c.ts': `import '../a.ts'`,
    'r/a.ts': '',
  })
  expect(foldersOf(graph)).toEqual(['', 'p/', 'p/q/', 'r/'])
  expect(circlesOf(folded(graph))).toEqual([])
  expect([...folded(graph, 'p/')]).toEqual([
    ['a.ts', ['q']],
    ['q', ['a.ts']],
  ])
  expect(circlesOf(folded(graph, 'p/'))).toEqual([['a.ts', 'q']])
})

test('finds the shortest cycle within a larger one', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['d', 'b']],
    ['d', ['a']],
    ['e', ['a']],
  ])
  const [circle] = circlesOf(graph)
  expect(circle).toEqual(['a', 'b', 'c', 'd'])
  expect(shortestCircle(graph, circle)).toEqual(['b', 'c', 'b'])
})

test('writes the layers from top to bottom, between the markers', () => {
  const graph = write({
    'index.ts': `import './requests/http.ts'; import './level.ts'`,
    'requests/http.ts': `import '../scope/scope.ts'; import './route.ts'`,
    'requests/route.ts': '',
    'scope/scope.ts': `import '../level.ts'`,
    'format/json.ts': `import '../level.ts'`,
    'level.ts': '',
  })
  const section = graphSection([{ path: 'packages/x/src', graph }])
  expect(section).toBe(`
\`\`\`text
packages/x/src/
index → requests → format · scope → level
  index → level, requests
  requests (2 files) → scope
  format (1 file) → level
  scope (1 file) → level
  level
\`\`\`

`)
  const before = 'a\n<!-- graph: start -->\nold $1\n<!-- graph: end -->\nb\n'
  const after = withSection(before, section)
  expect(sectionOf(after)).toBe(section)
  expect(after.startsWith('a\n')).toBe(true)
  expect(() => withSection('no marks', section)).toThrow('there are no marks')
})
