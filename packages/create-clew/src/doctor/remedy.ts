import { structuredPatch } from 'diff'
import type { Application, Found } from '../application/application.ts'
import type { Framework } from '../application/frameworks.ts'
import type { Project } from '../project/project.ts'
import { type Area, packageOf } from '../wiring/areas.ts'
import { linesFor } from '../wiring/by-hand.ts'
import { isWired } from '../wiring/needs.ts'
import { planOf } from '../wiring/plan.ts'
import { areaOf, type ConcernId } from './finding.ts'

/** What would cover a concern. */
export interface Remedy {
  readonly package: string
  /** Where the lines belong; undefined where that was not found. */
  readonly file: string | undefined
  /** Lines to add, and lines as they are when they have changed. */
  readonly lines: readonly string[]
}

/** What would cover a concern in this application. */
export function remedyFor(id: ConcernId, project: Project, found: Found): Remedy {
  const framework = frameworkIn(found)
  const area = areaOf[id]
  if (area === undefined) return headersFor(framework)
  if (isWired(project, area)) {
    return { package: packageOf(area), file: undefined, lines: [] }
  }
  const lines = 'application' in found ? placedLines(project, found.application, area) : undefined
  return { package: packageOf(area), ...(lines ?? modelLines(project, area, framework)) }
}

export function frameworkIn(found: Found): Framework {
  return 'application' in found ? found.application.creation.framework : found.framework
}

function placedLines(
  project: Project,
  application: Application,
  area: Area,
): Pick<Remedy, 'file' | 'lines'> | undefined {
  const plan = planOf(project, application, [area])
  if (!('edits' in plan)) return undefined
  const [edit] = plan.edits
  if (edit === undefined) return undefined
  const { text, path, byteOrderMark } = edit.syntax
  const { hunks } = structuredPatch(path, path, byteOrderMark + text, edit.content())
  const lines = hunks.flatMap((hunk) => hunk.lines).filter((line) => line.startsWith('+'))
  return { file: path, lines: lines.map((line) => line.slice(1).trimEnd()) }
}

function modelLines(
  project: Project,
  area: Area,
  framework: Framework,
): Pick<Remedy, 'file' | 'lines'> {
  const lines = linesFor(project, [area], framework).filter((line) => line.startsWith('+'))
  return { file: undefined, lines: lines.map((line) => line.slice(2)) }
}

function headersFor(framework: Framework): Remedy {
  const express = { package: 'helmet', lines: ["import helmet from 'helmet'", 'app.use(helmet())'] }
  const others: Partial<Record<Framework, { package: string; lines: readonly string[] }>> = {
    fastify: {
      package: '@fastify/helmet',
      lines: ["import helmet from '@fastify/helmet'", 'await app.register(helmet)'],
    },
    koa: { package: 'koa-helmet', lines: ["import helmet from 'koa-helmet'", 'app.use(helmet())'] },
    hono: {
      package: 'hono',
      lines: ["import { secureHeaders } from 'hono/secure-headers'", 'app.use(secureHeaders())'],
    },
  }
  return { file: undefined, ...(others[framework] ?? express) }
}
