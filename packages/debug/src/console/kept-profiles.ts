import { randomBytes } from 'node:crypto'
import { reasonOf } from '@clew/internal/errors/reason'
import { DebugError } from '../errors.ts'
import type { CpuProfile } from '../profiles/cpu-profile.ts'
import type { HeapProfile } from '../profiles/heap-profile.ts'
import { refusalOf } from './answer.ts'
import type { Kind, ProfileRequest } from './profile-kinds.ts'

/** A profile that the console has taken, or takes. */
export interface KeptProfile {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly state: 'running' | 'done' | 'cancelled' | 'failed'
  readonly actor: string
  readonly startedAt: string
  /** How long it is to take; 0 for what is read at once. */
  readonly seconds: number
  /** Of the amounts in its stacks. */
  readonly unit: 'ms' | 'bytes'
  /** All amounts together; undefined until it is done. */
  readonly total: number | undefined
  /** Why it failed. */
  readonly reason: string | undefined
}

/** Its stacks, one line each: `outer;inner 12`, the innermost function last. */
export interface KeptStacks extends KeptProfile {
  readonly stacks: string
  /** Stacks that were left out, the smallest ones, since there were too many. */
  readonly leftOut: number
}

/** The outcome, for the audit reports. */
export type ReportOutcome = (outcome: string, fields: object) => void

export interface KeptProfiles {
  /** @throws DebugError `ERR_DEBUG_BUSY`, `ERR_DEBUG_CLOSED` */
  start(kind: Kind, request: ProfileRequest, actor: string, report: ReportOutcome): KeptProfile
  /** Oldest first. */
  list(): readonly KeptProfile[]
  stacks(id: string): KeptStacks | undefined
  file(id: string): CpuProfile | HeapProfile | undefined
  /** Cancels it while it runs, and forgets it afterwards. False: there is none. */
  remove(id: string): boolean
  shutdown(): void
}

const maxKept = 5
const maxRunning = 2
const maxStackBytes = 2 * 1024 * 1024

interface Entry {
  view: KeptProfile
  readonly controller: AbortController
  profile: CpuProfile | HeapProfile | undefined
}

/** The last few profiles, kept to be looked at and compared. */
export function createKeptProfiles(): KeptProfiles {
  const entries = new Map<string, Entry>()
  let closed = false

  const isRunning = ({ view }: Entry) => view.state === 'running'

  function makeRoom(): void {
    const running = [...entries.values()].filter(isRunning).length
    if (running >= maxRunning) {
      const message = `${running} profiles are being taken from the console: wait, or cancel one`
      throw new DebugError('ERR_DEBUG_BUSY', message)
    }
    const [oldest] = [...entries].find(([, entry]) => !isRunning(entry)) ?? []
    if (entries.size >= maxKept && oldest !== undefined) entries.delete(oldest)
  }

  async function take(
    entry: Entry,
    kind: Kind,
    request: ProfileRequest,
    report: ReportOutcome,
  ): Promise<void> {
    const end = (state: KeptProfile['state'], more: Partial<KeptProfile>) => {
      entry.view = { ...entry.view, state, ...more }
    }
    try {
      const profile = await kind.take(request, entry.controller.signal)
      entry.profile = profile
      end('done', { total: totalOf(profile) })
      const { byteLength: bytes } = profile.pprof
      report('taken', { bytes, profile_ms: Math.round(profile.durationMs) })
    } catch (error) {
      const reason = refusalOf(error)?.reason ?? reasonOf(error)
      const isCancelled = entry.controller.signal.aborted
      end(isCancelled ? 'cancelled' : 'failed', isCancelled ? {} : { reason })
      report(isCancelled ? 'cancelled' : 'failed', { reason })
    }
  }

  return {
    start(kind, request, actor, report) {
      if (closed) throw new DebugError('ERR_DEBUG_CLOSED', 'the debug console was shut down')
      makeRoom()
      const view: KeptProfile = {
        id: randomBytes(6).toString('hex'),
        kind: kind.name,
        title: kind.title,
        state: 'running',
        actor,
        startedAt: new Date().toISOString(),
        seconds: request.seconds ?? 0,
        unit: kind.unit,
        total: undefined,
        reason: undefined,
      }
      const entry: Entry = { view, controller: new AbortController(), profile: undefined }
      entries.set(view.id, entry)
      void take(entry, kind, request, report)
      return view
    },
    list: () => [...entries.values()].map(({ view }) => view),
    stacks(id) {
      const entry = entries.get(id)
      return entry?.profile && { ...entry.view, ...boundedStacks(entry.profile.collapsed()) }
    },
    file: (id) => entries.get(id)?.profile,
    remove(id) {
      const entry = entries.get(id)
      if (entry === undefined) return false
      if (isRunning(entry)) entry.controller.abort()
      else entries.delete(id)
      return true
    },
    shutdown() {
      closed = true
      for (const { controller } of entries.values()) controller.abort()
      entries.clear()
    },
  }
}

const totalOf = (profile: CpuProfile | HeapProfile) =>
  Math.round('busyMs' in profile ? profile.busyMs : profile.totalBytes)

/** The largest ones that fit. */
function boundedStacks(text: string): { readonly stacks: string; readonly leftOut: number } {
  if (text.length <= maxStackBytes) return { stacks: text, leftOut: 0 }
  const amountOf = (line: string) => Number(line.slice(line.lastIndexOf(' ') + 1))
  const lines = text.trimEnd().split('\n')
  lines.sort((a, b) => amountOf(b) - amountOf(a))
  let stacks = ''
  let taken = 0
  for (const line of lines) {
    if (stacks.length + line.length >= maxStackBytes) break
    stacks += `${line}\n`
    taken++
  }
  return { stacks, leftOut: lines.length - taken }
}
