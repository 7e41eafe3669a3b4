import { applicationOf, type Found } from '../application/application.ts'
import { frameworkTitles } from '../application/frameworks.ts'
import { uncommitted } from '../project/git.ts'
import { install, installCommand, packageManagerOf } from '../project/package-manager.ts'
import { type Project, readProject } from '../project/project.ts'
import { patch } from '../terminal/patch.ts'
import { askAreas, confirm, intro } from '../terminal/questions.ts'
import { type Area, areas as allAreas, areaTitles, usualAreas } from '../wiring/areas.ts'
import { byHand } from '../wiring/by-hand.ts'
import { isWired } from '../wiring/needs.ts'
import { pnpmNote } from '../wiring/notes.ts'
import { type Plan, planOf } from '../wiring/plan.ts'
import { changesOf, write } from './changes.ts'
import { exitCodes } from './exit-codes.ts'
import { entryOf } from './folder.ts'
import { type Settings, settingsOf } from './settings.ts'
import { createUsage } from './usage.ts'

/** `npm create clew`. */
export async function create(argv: readonly string[]): Promise<number> {
  const settings = settingsOf(argv)
  if (settings === undefined) {
    process.stdout.write(createUsage('npm create clew'))
    return exitCodes.done
  }
  const project = readProject(settings.folder)
  const found = applicationOf(project, entryOf(project, settings.entry))
  if (settings.asks) intro(described(project, found))
  warnOfChanges(project, settings)
  const chosen =
    settings.areas ?? (settings.asks ? await askAreas(wiredAreas(project)) : usualAreas)
  if (chosen === undefined) return cancelled()
  const missing = chosen.filter((area) => !isWired(project, area))
  if (missing.length === 0) {
    process.stderr.write(
      `nothing to add: ${list(chosen)} ${chosen.length === 1 ? 'is' : 'are'} there\n`,
    )
    return exitCodes.done
  }
  if (!('application' in found)) return printByHand(project, missing, found)
  const plan = planOf(project, found.application, missing)
  if ('problem' in plan) {
    const { framework } = found.application.creation
    return printByHand(project, missing, { framework, problem: plan.problem })
  }
  const changes = changesOf(project, plan)
  process.stdout.write(patch(changes))
  process.stderr.write(summary(project, plan))
  if (settings.isDryRun) return exitCodes.done
  if (settings.asks) {
    const isAccepted = await confirm('Write this?')
    if (isAccepted === undefined) return cancelled()
    if (!isAccepted) return exitCodes.done
  }
  write(project, changes)
  return installed(project, settings)
}

function wiredAreas(project: Project): readonly Area[] {
  return allAreas.filter((area) => isWired(project, area))
}

function described(project: Project, found: Found): string {
  if (!('application' in found)) return found.problem
  const { creation } = found.application
  return `${frameworkTitles[creation.framework]} in ${creation.syntax.path}, with ${packageManagerOf(project)}`
}

function warnOfChanges({ folder }: Project, { isDryRun }: Settings): void {
  const changed = isDryRun ? [] : (uncommitted(folder) ?? [])
  if (changed.length === 0) return
  const files = changed.length === 1 ? 'a change' : `${changed.length} changes`
  process.stderr.write(
    `git has ${files} here that are not committed: commit first to see what this adds\n`,
  )
}

function summary(project: Project, { edits, areas, notes }: Plan): string {
  const counts = areas.map((area) => {
    const count = edits.reduce((sum, edit) => sum + (edit.lineCounts().get(area) ?? 0), 0)
    return `  ${area.padEnd(9)} ${count} ${count === 1 ? 'line ' : 'lines'}  ${areaTitles[area]}\n`
  })
  const hasGrpc = areas.includes('trace') || areas.includes('metrics')
  const all = hasGrpc && packageManagerOf(project) === 'pnpm' ? [...notes, pnpmNote] : notes
  return `\n${counts.join('')}\n${all.map((note) => `  ${note}\n`).join('')}\n`
}

function installed(project: Project, { installs }: Settings): number {
  const manager = packageManagerOf(project)
  const command = installCommand(manager).join(' ')
  if (!installs) {
    process.stderr.write(`written; now run ${command}\n`)
    return exitCodes.done
  }
  if (install(project, manager)) return exitCodes.done
  process.stderr.write(`the lines are written, and ${command} has failed: run it again\n`)
  return exitCodes.failed
}

function printByHand(
  project: Project,
  areas: readonly Area[],
  { framework, problem }: Exclude<Found, { readonly application: unknown }>,
): number {
  process.stderr.write(`${problem}; nothing was written\n\n`)
  process.stdout.write(byHand(project, areas, framework))
  return exitCodes.byHand
}

function cancelled(): number {
  process.stderr.write('cancelled: nothing was written\n')
  return exitCodes.cancelled
}

const list = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
