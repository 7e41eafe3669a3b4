import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { memoryLeft } from '../src/heap/memory.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cgroups-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(path: string, files: Readonly<Record<string, string | number>>): void {
  mkdirSync(join(folder, path), { recursive: true })
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, path, name), `${text}\n`)
}
const left = (own: string, freeBytes = 1e12) => {
  writeFileSync(join(folder, 'own'), own)
  return memoryLeft({ cgroups: folder, ownCgroups: join(folder, 'own'), freeBytes })
}

test('version 2: the tightest group around the process counts; files in its cache are free', () => {
  write('pod/app', { 'memory.max': 'max', 'memory.current': 5, 'memory.stat': '' })
  write('pod', {
    'memory.max': 1000,
    'memory.current': 700,
    'memory.stat': 'anon 500\ninactive_file 150\nactive_file 50',
  })
  expect(left('0::/pod/app\n')).toEqual({ bytes: 450, of: 'cgroup /pod' })
  write('pod/app', { 'memory.max': 500, 'memory.current': 480 })
  expect(left('0::/pod/app\n')).toEqual({ bytes: 20, of: 'cgroup /pod/app' })
})

test('version 2 in a container, whose own group is the root', () => {
  write('', { 'memory.max': 900, 'memory.current': 1000, 'memory.stat': 'inactive_file 0' })
  expect(left('0::/\n')).toEqual({ bytes: 0, of: 'cgroup /' })
  // A path that the container does not see.
  expect(left('0::/kubepods/pod1\n')).toEqual({ bytes: 0, of: 'cgroup /' })
  expect(left('0::/../other\n')).toEqual({ bytes: 1e12, of: 'the machine' })
})

test('version 1, beside controllers that say nothing of memory', () => {
  write('memory/docker/1', {
    'memory.limit_in_bytes': 2000,
    'memory.usage_in_bytes': 1500,
    'memory.stat': 'inactive_file 1\ntotal_inactive_file 300',
  })
  write('memory', { 'memory.limit_in_bytes': '9223372036854771712', 'memory.usage_in_bytes': 9e9 })
  expect(left('9:cpu:/x\n4:memory:/docker/1\n0::/\n')).toEqual({
    bytes: 800,
    of: 'cgroup /docker/1',
  })
  expect(left('4:memory:/docker/1\n', 700)).toEqual({ bytes: 700, of: 'the machine' })
})

test('without cgroups: what the machine has', () => {
  const none = { cgroups: join(folder, 'none'), ownCgroups: join(folder, 'none') }
  expect(memoryLeft({ ...none, freeBytes: 7 })).toEqual({ bytes: 7, of: 'the machine' })
  expect(memoryLeft().bytes).toBeGreaterThan(0)
  expect(memoryLeft().bytes).toBeLessThanOrEqual(freemem() * 2)
})
