import { parseArgs } from 'node:util'
import { applicationOf } from '../application/application.ts'
import { examine } from '../doctor/examination.ts'
import { reportOf, textOf } from '../doctor/report.ts'
import { surveyOf } from '../doctor/survey.ts'
import { readProject } from '../project/project.ts'
import { exitCodes } from './exit-codes.ts'
import { entryOf, folderOf } from './folder.ts'
import { doctorUsage } from './usage.ts'

/** `clew doctor`. */
export function doctor(argv: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      entry: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(doctorUsage)
    return exitCodes.done
  }
  const project = readProject(folderOf(positionals))
  const found = applicationOf(project, entryOf(project, values.entry))
  const report = reportOf(project, found, examine(surveyOf(project)))
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report))
  const isComplete = report.concerns.every(({ status }) => status === 'covered')
  return values.strict && !isComplete ? exitCodes.failed : exitCodes.done
}
