import type { KeptProfile } from '../src/console/kept-profiles.ts'
import type { Point } from '../src/watch/collector.ts'
import type { EndedRequest, OpenRequest } from '../src/watch/requests.ts'
import type { RouteTraffic } from '../src/watch/traffic.ts'

export type { EndedRequest, KeptProfile, OpenRequest, Point, RouteTraffic }

export interface Server {
  readonly state: string
  readonly inFlight: number
  readonly connections: number
}

export interface Line {
  readonly request?: number
  readonly time: number
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'fatal'
  readonly msg: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Session {
  readonly id: string
  readonly level: string
  readonly filter: Readonly<Record<string, unknown>>
  readonly everywhere: boolean
  readonly actor: string
  readonly expiresAt: string
  readonly requests?: { readonly seen: number; readonly matched: number }
  readonly instances?: readonly string[]
}

export interface Stall {
  readonly at: string
  readonly durationMs: number
  readonly stack: readonly string[]
}

export interface Check {
  readonly name: string
  readonly status: 'pass' | 'warn' | 'fail'
  readonly critical: boolean
  readonly stuck: boolean
  readonly stale: boolean
  readonly durationMs: number
  readonly error?: string
  readonly since: string
}

export interface Health {
  readonly status: 'pass' | 'warn' | 'fail'
  readonly draining: boolean
  readonly checks: readonly Check[]
}

export interface HealthPanel {
  readonly checkers: readonly Health[]
  readonly advice?: string
}

/** One event of the stream. What has not changed is left out. */
export interface Update {
  /** Another process answers than before: what it says stands for itself. */
  readonly restarted?: boolean
  readonly now: number
  readonly servers?: readonly Server[]
  readonly points?: readonly Point[]
  readonly routes?: readonly RouteTraffic[]
  readonly open?: readonly OpenRequest[]
  readonly openTotal?: number
  readonly ended?: readonly EndedRequest[]
  readonly missedRequests?: number
  readonly lines?: readonly Line[]
  readonly missedLines?: number
  readonly sessions?: readonly Session[]
  readonly profiles?: readonly KeptProfile[]
  readonly stalls?: readonly Stall[]
  readonly health?: HealthPanel
}
