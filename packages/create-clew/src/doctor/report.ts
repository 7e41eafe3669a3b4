import type { Found } from '../application/application.ts'
import { frameworkTitles } from '../application/frameworks.ts'
import { type Project, serviceNameOf } from '../project/project.ts'
import { areas } from '../wiring/areas.ts'
import { areaOf, type Finding } from './finding.ts'
import { frameworkIn, type Remedy, remedyFor } from './remedy.ts'

/** What the doctor found, as `--json` prints it. */
export interface Report {
  readonly name: string
  /** Of the application that was found; null without one. */
  readonly framework: string | null
  readonly file: string | null
  readonly concerns: readonly (Finding & { readonly remedy: Remedy | null })[]
  /** The areas that `npm create clew` would add. */
  readonly areas: readonly string[]
  /** Files that could not be parsed. */
  readonly unreadable: readonly string[]
}

export function reportOf(project: Project, found: Found, findings: readonly Finding[]): Report {
  const open = findings.filter(({ status }) => status === 'missing')
  const named = new Set(open.flatMap(({ id }) => areaOf[id] ?? []))
  return {
    name: serviceNameOf(project),
    framework: 'application' in found ? frameworkTitles[frameworkIn(found)] : null,
    file: 'application' in found ? found.application.creation.syntax.path : null,
    concerns: findings.map((finding) => ({
      ...finding,
      remedy: finding.status === 'missing' ? remedyFor(finding.id, project, found) : null,
    })),
    areas: areas.filter((area) => named.has(area)),
    unreadable: project.unreadable,
  }
}

const marks = { covered: '✓', partial: '~', missing: '✗' } as const
const maxEvidence = 3

export function textOf(report: Report): string {
  const { name, framework, file, concerns } = report
  const head =
    framework === null
      ? `${name}: no application was found that listens`
      : `${name}: ${framework} in ${file}`
  const covered = concerns.filter(({ status }) => status === 'covered').length
  const told = new Set<string>()
  const blocks = concerns.map((concern) => block(concern, told))
  const next =
    report.areas.length === 0 ? '' : `\nnpm create clew -- --areas ${report.areas.join(',')}\n`
  const unread = report.unreadable.map((path) => `${path} could not be parsed\n`).join('')
  return `${head}\n\n${blocks.join('')}\n${covered} of ${concerns.length} are covered\n${unread}${next}`
}

type Concern = Report['concerns'][number]

function block({ title, status, saw, note, remedy }: Concern, told: Set<string>): string {
  const shown = saw.slice(0, maxEvidence).map(({ file, line, what }) => `${file}:${line} ${what}`)
  const more = saw.length > maxEvidence ? [`and ${saw.length - maxEvidence} more`] : []
  const seen = [...shown, ...more, ...(note === undefined ? [] : [note])].map(
    (line) => `    ${line}\n`,
  )
  return `${marks[status]} ${title}\n${seen.join('')}${remedy === null ? '' : advice(remedy, told)}`
}

/** The lines of a package are shown once, with the first concern that it covers. */
function advice({ package: name, file, lines }: Remedy, told: Set<string>): string {
  if (told.has(name)) return `  → ${name}, as above\n`
  told.add(name)
  const where = file === undefined ? '' : `, in ${file}`
  return `  → ${name}${where}\n${lines.map((line) => `      ${line}\n`).join('')}`
}
