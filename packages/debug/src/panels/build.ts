import { availableParallelism, totalmem } from 'node:os'
import { basename } from 'node:path'
import { getHeapStatistics } from 'node:v8'

/** What runs here, since when, and with what limits. No values of variables and arguments. */
export interface BuildPanel {
  readonly node: string
  readonly versions: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly pid: number
  readonly script: string | undefined
  readonly startedAt: string
  readonly uptimeSeconds: number
  readonly cores: number
  readonly memoryBytes: number
  /** Of the container or cgroup; undefined if there is none. */
  readonly memoryLimitBytes: number | undefined
  readonly heapLimitBytes: number
  readonly timezone: string
}

const versionNames = ['v8', 'uv', 'openssl', 'llhttp', 'undici', 'modules']

export function buildPanel(): BuildPanel {
  const limit = process.constrainedMemory()
  return {
    node: process.version,
    versions: Object.fromEntries(versionNames.map((name) => [name, process.versions[name]])),
    platform: `${process.platform} ${process.arch}`,
    pid: process.pid,
    script: process.argv[1] === undefined ? undefined : basename(process.argv[1]),
    startedAt: new Date(performance.timeOrigin).toISOString(),
    uptimeSeconds: Math.floor(process.uptime()),
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    // Without a limit it is an enormous number.
    memoryLimitBytes: limit > 0 && limit < totalmem() ? limit : undefined,
    heapLimitBytes: getHeapStatistics().heap_size_limit,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  }
}
