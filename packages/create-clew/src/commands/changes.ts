import { accessSync, constants, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withDependencies } from '../project/manifest-edit.ts'
import { dependenciesOf, type Project } from '../project/project.ts'
import { UsageError } from '../usage-error.ts'
import { dependenciesFor } from '../wiring/dependencies.ts'
import type { Plan } from '../wiring/plan.ts'

/** A file's old and new content. */
export interface Change {
  readonly path: string
  readonly before: string
  readonly after: string
}

/** What a plan changes, package.json included. */
export function changesOf(project: Project, plan: Plan): Change[] {
  const known = dependenciesOf(project)
  const added = Object.fromEntries(
    Object.entries(dependenciesFor(plan.areas)).filter(([name]) => !known.has(name)),
  )
  const sources = plan.edits.map((edit) => ({
    path: edit.syntax.path,
    before: edit.syntax.byteOrderMark + edit.syntax.text,
    after: edit.content(),
  }))
  const before = project.manifestText
  const manifest = { path: 'package.json', before, after: withDependencies(before, added) }
  return [...sources, manifest].filter((change) => change.before !== change.after)
}

/** All of them, or none. */
export function write({ folder }: Project, changes: readonly Change[]): void {
  for (const { path } of changes) {
    try {
      accessSync(join(folder, path), constants.W_OK)
    } catch {
      throw new UsageError(`${path} cannot be written; nothing was written`)
    }
  }
  for (const { path, after } of changes) writeFileSync(join(folder, path), after)
}
