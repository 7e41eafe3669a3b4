import { reasonOf } from '@clew/internal/errors/reason'
import type { AuditRow } from '../routes/audit-row.ts'
import type { LoggedDecision } from './decision-log.ts'

/** What others in the process can see of one API; ARCHITECTURE.md describes it. */
export interface ApiView {
  readonly service: string | undefined
  /** The routes of every application that was protected or audited. Never throws. */
  audit(): {
    readonly rows: readonly AuditRow[]
    /** Which routes have no policy, in words. */
    readonly problem: string | undefined
  }
  /** The latest, newest first. */
  decisions(): readonly LoggedDecision[]
}

interface Registry {
  readonly views: Set<WeakRef<ApiView>>
  /** All APIs of the process that are still in use, the oldest first. */
  apis(): readonly ApiView[]
}

const key: unique symbol = Symbol.for('@clew/security/v1') as never
const home = globalThis as { [key]?: Registry }

/** Shared by the ESM and the CommonJS copy. An API that nobody uses any more disappears. */
function registry(): Registry {
  home[key] ??= createRegistry()
  return home[key]
}

function createRegistry(): Registry {
  const views = new Set<WeakRef<ApiView>>()
  return {
    views,
    apis() {
      const live: ApiView[] = []
      for (const reference of views) {
        const view = reference.deref()
        if (view) live.push(view)
        else views.delete(reference)
      }
      return live
    },
  }
}

/** Shows an API to others in the process. The result hides it. */
export function showApi(view: ApiView): () => void {
  const { views, apis } = registry()
  // Forgets those that are gone.
  apis()
  const reference = new WeakRef(view)
  views.add(reference)
  return () => views.delete(reference)
}

/** The rows of several applications. The same application may be known by more than one object. */
export function auditOf(
  apps: Iterable<unknown>,
  rowsOf: (app: unknown) => readonly AuditRow[],
): ReturnType<ApiView['audit']> {
  const rows = new Map<string, AuditRow>()
  const problems = new Set<string>()
  for (const app of apps) {
    try {
      for (const row of rowsOf(app)) rows.set(JSON.stringify(row), row)
    } catch (error) {
      problems.add(reasonOf(error))
    }
  }
  return {
    rows: [...rows.values()],
    problem: problems.size > 0 ? [...problems].join('; ') : undefined,
  }
}
