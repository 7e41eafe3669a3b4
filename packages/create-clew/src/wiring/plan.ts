import type { Application } from '../application/application.ts'
import type { Project } from '../project/project.ts'
import type { Area } from './areas.ts'
import { attach } from './attaching.ts'
import { Context } from './context.ts'
import type { FileEdit } from './file-edit.ts'
import { addLateErrors, guardHandler, handlerOf, mountLines } from './mounting.ts'
import { withNeeds } from './needs.ts'
import { notesOn } from './notes.ts'
import { setUpOf } from './set-up.ts'

/** What is added to the files of an application. */
export interface Plan {
  readonly edits: readonly FileEdit[]
  /** The areas that are added, with those that the chosen ones need. */
  readonly areas: readonly Area[]
  readonly notes: readonly string[]
}

/** Why the place of some lines is not known. */
export interface Obstacle {
  readonly problem: string
}

/** Plans the wiring of some areas that the application does not have yet. */
export function planOf(
  project: Project,
  application: Application,
  chosen: readonly Area[],
): Plan | Obstacle {
  const areas = withNeeds(project, application, chosen)
  const problem = obstacleIn(application, areas)
  if (problem !== undefined) return { problem }
  const context = new Context(project, application, areas)
  add(context)
  return { edits: context.edits, areas, notes: notesOn(areas) }
}

function obstacleIn(application: Application, areas: readonly Area[]): string | undefined {
  const { creation, listening } = application
  const isHttp = creation.framework === 'http'
  if (creation.name === undefined && !isHttp) {
    return 'the application is not kept in a variable, to which lines could be added'
  }
  if (areas.includes('server') && listening === undefined) {
    return 'no place was found where the application begins to listen, in a statement of its own'
  }
  if (isHttp && areas.includes('security') && handlerOf(application) === undefined) {
    return 'createServer is called without a handler, in front of which a guard could stand'
  }
  return undefined
}

function add(context: Context): void {
  const { creation } = context.application
  const setUp = setUpOf(context)
  const edit = context.edit(creation.syntax)
  const own = context.isSetUpAtListening ? [] : setUp.lines
  if (creation.framework === 'http') {
    edit.before(creation.statement, own)
    guardHandler(context)
  } else {
    edit.after(creation.statement, [...own, ...mountLines(context).map((line) => [line])])
    addLateErrors(context)
  }
  if (!context.has('server')) return
  attach(context, { ...setUp, lines: context.isSetUpAtListening ? setUp.lines : [] })
}
