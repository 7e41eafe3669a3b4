import type { Application } from '../application/application.ts'
import type { Project } from '../project/project.ts'
import { modulesOf } from '../source/imports.ts'
import { type Area, areas, packageOf } from './areas.ts'

/** Whether the application imports a package of an area already. */
export function isWired({ files }: Project, area: Area): boolean {
  const name = packageOf(area)
  return files
    .flatMap(modulesOf)
    .some(({ module }) => module === name || module.startsWith(`${name}/`))
}

/** Areas that others can carry on node:http, which has no middleware. */
const carried: readonly Area[] = ['log', 'trace', 'metrics', 'health', 'debug']

/** The chosen areas, with those that they need: a console of `debug` shows the lines of a logger. */
export function withNeeds(
  project: Project,
  { creation }: Application,
  chosen: readonly Area[],
): readonly Area[] {
  const needs = new Set(chosen)
  if (needs.has('debug') && !isWired(project, 'log')) needs.add('log')
  const needsServer = creation.framework === 'http' && carried.some((area) => needs.has(area))
  if (needsServer && !isWired(project, 'server')) needs.add('server')
  return areas.filter((area) => needs.has(area))
}
