/** What is kept of each part of Node's diagnostic report. Everything else may be a secret, or an address. */
const parts = {
  header: [
    ...['nodejsVersion', 'wordSize', 'arch', 'platform', 'componentVersions', 'osName'],
    ...['osRelease', 'osVersion', 'osMachine', 'glibcVersionRuntime', 'cpus', 'processId'],
  ],
  javascriptHeap: undefined,
  resourceUsage: undefined,
  uvthreadResourceUsage: undefined,
  userLimits: undefined,
} as const

interface RawReport {
  readonly [part: string]: unknown
  readonly libuv?: readonly RawHandle[]
}
interface RawHandle {
  readonly type?: unknown
  readonly is_active?: unknown
  readonly is_referenced?: unknown
}

/** How many handles of a kind libuv has. */
export interface HandleCount {
  readonly type: string
  readonly count: number
  readonly active: number
  /** How many of them keep the process alive. */
  readonly referenced: number
}

export interface ReportPanel {
  readonly [part: string]: unknown
  readonly handles: readonly HandleCount[]
  /** What keeps the event loop alive, by type: requests, sockets, timers. */
  readonly resources: Readonly<Record<string, number>>
}

/** Node's diagnostic report without environment, arguments, host, addresses and stacks. */
export function reportPanel(): ReportPanel {
  const raw = rawReport()
  return {
    ...Object.fromEntries(
      Object.entries(parts).map(([part, names]) => [part, picked(raw[part], names)]),
    ),
    handles: counted(Array.isArray(raw.libuv) ? raw.libuv : []),
    resources: numbersOf(process.getActiveResourcesInfo()),
  }
}

/** Without asking the network for the name of each address, which can take minutes. */
function rawReport(): RawReport {
  // Node has it since 20.13; the types do not.
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean }
  const before = report.excludeNetwork
  report.excludeNetwork = true
  try {
    return report.getReport() as RawReport
  } finally {
    report.excludeNetwork = before
  }
}

function picked(value: unknown, names: readonly string[] | undefined): unknown {
  if (names === undefined || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)))
}

function counted(handles: readonly RawHandle[]): readonly HandleCount[] {
  const counts = new Map<
    string,
    { type: string; count: number; active: number; referenced: number }
  >()
  for (const handle of handles) {
    const type = String(handle.type)
    // The entry for the loop itself.
    if (type === 'loop') continue
    const sum = counts.get(type) ?? { type, count: 0, active: 0, referenced: 0 }
    counts.set(type, sum)
    sum.count++
    if (handle.is_active === true) sum.active++
    if (handle.is_referenced === true) sum.referenced++
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)
}

function numbersOf(names: readonly string[]): Record<string, number> {
  const numbers: Record<string, number> = {}
  for (const name of names) numbers[name] = (numbers[name] ?? 0) + 1
  return numbers
}
