import { readFileSync } from 'node:fs'
import { freemem } from 'node:os'

/** How much memory the process may still take, and what says so. */
export interface MemoryLeft {
  readonly bytes: number
  /** `the machine`, or `cgroup /a/b`. */
  readonly of: string
}

/** Where Linux shows them; only tests have other places. */
export interface Places {
  readonly cgroups: string
  readonly ownCgroups: string
  readonly freeBytes: number
}

const limitless = 2 ** 60
const linux = { cgroups: '/sys/fs/cgroup', ownCgroups: '/proc/self/cgroup' }

/**
 * The least of what is left on the machine and in each cgroup around the process, version 1 and 2.
 * What a cgroup has of files counts as free: the kernel gives it up first. These files are in the
 * memory of the kernel: reading them waits for nothing.
 */
export function memoryLeft(places: Partial<Places> = {}): MemoryLeft {
  const { cgroups, ownCgroups, freeBytes } = { ...linux, freeBytes: freemem(), ...places }
  let left: MemoryLeft = { bytes: freeBytes, of: 'the machine' }
  for (const { folder, path, version } of memoryGroups(cgroups, ownCgroups)) {
    const bytes = leftIn(folder, version)
    if (bytes !== undefined && bytes < left.bytes) left = { bytes, of: `cgroup ${path}` }
  }
  return left
}

interface Group {
  readonly folder: string
  readonly path: string
  readonly version: 1 | 2
}

/** The groups of the process and all above them. A container may see its own as the root. */
function memoryGroups(cgroups: string, ownCgroups: string): readonly Group[] {
  return (read(ownCgroups) ?? '').split('\n').flatMap((line) => {
    const [, controllers, own] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (own === undefined || own.includes('..')) return []
    const version = controllers === '' ? 2 : 1
    if (version === 1 && !controllers?.split(',').includes('memory')) return []
    const mount = version === 2 ? cgroups : `${cgroups}/memory`
    const parts = own.split('/').filter(Boolean)
    return [...parts.keys(), parts.length].map((length): Group => {
      const path = `/${parts.slice(0, length).join('/')}`
      return { folder: `${mount}${path === '/' ? '' : path}`, path, version }
    })
  })
}

function leftIn(folder: string, version: 1 | 2): number | undefined {
  const [limitFile, usedFile, cache] =
    version === 2
      ? ['memory.max', 'memory.current', 'inactive_file']
      : ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file']
  const limit = numberIn(read(`${folder}/${limitFile}`))
  const used = numberIn(read(`${folder}/${usedFile}`))
  // `max`, or an enormous number: no limit.
  if (limit === undefined || used === undefined || limit >= limitless) return undefined
  const ofFiles = new RegExp(`^${cache} (\\d+)$`, 'm').exec(
    read(`${folder}/memory.stat`) ?? '',
  )?.[1]
  return Math.max(0, limit - Math.max(0, used - Number(ofFiles ?? 0)))
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
