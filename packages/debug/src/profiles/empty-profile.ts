import { encode } from './pprof.ts'

const reasons: Readonly<Record<string, string>> = {
  goroutine: 'Node.js has no goroutines',
  block: 'Node.js has no blocking profile: see wall',
  mutex: 'Node.js has no mutexes',
  threadcreate: 'Node.js does not sample the creation of threads',
}

export const emptyNames: readonly string[] = Object.keys(reasons)

/** What scrapers ask of each Go program: a valid profile without samples, which says why. */
export function emptyProfile(name: string): Promise<Uint8Array> {
  const isContention = name === 'block' || name === 'mutex'
  return encode([], {
    types: isContention
      ? [
          ['contentions', 'count'],
          ['delay', 'nanoseconds'],
        ]
      : [
          [name, 'count'],
          ['samples', 'count'],
        ],
    periodType: [name, 'count'],
    period: 1,
    startedAtMs: Date.now(),
    durationMs: 0,
    comments: [reasons[name] ?? ''],
  })
}
