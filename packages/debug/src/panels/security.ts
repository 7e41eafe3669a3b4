import { advice } from './parts.ts'

/** What security shows of one API; ARCHITECTURE.md describes it. */
interface ApiView {
  readonly service: string | undefined
  audit(): { readonly rows: readonly unknown[]; readonly problem: string | undefined }
  decisions(): readonly unknown[]
}

interface Registry {
  apis(): readonly ApiView[]
}

export interface SecurityPanel {
  readonly apis: readonly {
    readonly service: string | undefined
    readonly routes: readonly unknown[]
    readonly problem: string | undefined
    /** Newest first. */
    readonly decisions: readonly unknown[]
  }[]
  readonly advice?: string
}

const key: unique symbol = Symbol.for('@clew/security/v1') as never
const maxApis = 20
const maxRoutes = 1000
const maxDecisions = 200

export function securityPanel(): SecurityPanel {
  const registry = (globalThis as { readonly [key]?: Registry })[key]
  const apis = (registry?.apis() ?? []).slice(0, maxApis).map((api) => {
    const { rows, problem } = api.audit()
    return {
      service: api.service,
      routes: rows.slice(0, maxRoutes),
      problem,
      decisions: api.decisions().slice(0, maxDecisions),
    }
  })
  return { apis, ...(apis.length === 0 && { advice: advice.security }) }
}
