import { dependenciesOf, isModule, isWorkspaceRoot, type Project } from '../project/project.ts'
import { importsOf } from '../source/imports.ts'
import { functionOf } from '../source/scopes.ts'
import { lineOf, type Syntax } from '../source/syntax.ts'
import { type Creation, creationsIn } from './creation.ts'
import { type Framework, frameworksNamed } from './frameworks.ts'
import { type Listening, listeningsOf } from './listening.ts'
import { type Files, reachable, resolved } from './modules.ts'

/** An application, with the places where something can be added to it. */
export interface Application {
  readonly creation: Creation
  /** Where it listens; undefined if that was not found. */
  readonly listening: Listening | undefined
}

/** What was found; if it is not one application, why not. */
export type Found =
  | { readonly application: Application }
  | { readonly problem: string; readonly framework: Framework }

/** Looks for the one application of a project that listens. */
export function applicationOf(project: Project, entry?: string): Found {
  const files: Files = new Map(project.files.map((syntax) => [syntax.path, syntax]))
  const all = project.files.flatMap((syntax) => creationsIn(syntax, importsOf(syntax)))
  const framework = frameworksNamed(dependenciesOf(project))[0] ?? 'http'
  const loaded = reachable(files, entry === undefined ? entriesOf(project, files) : [entry])
  const isLoaded = ({ syntax }: Creation) => loaded.has(syntax.path)
  const candidates = all.some(isLoaded) || entry !== undefined ? all.filter(isLoaded) : all
  const applications = outermost(candidates).map((creation) => ({
    creation,
    listenings: listeningsOf(files, creation),
  }))
  const listening = applications.filter(({ listenings }) => listenings.length > 0)
  const chosen = listening.length > 0 ? listening : applications
  const [first, second] = chosen
  if (first === undefined) {
    const problem = isWorkspaceRoot(project)
      ? 'this is the root of a workspace: run the command in the folder of one of its packages'
      : 'no file was found that makes an application and lets it listen'
    return { framework, problem }
  }
  if (second !== undefined) {
    const places = chosen.map(({ creation }) => placeText(creation))
    return {
      framework: first.creation.framework,
      problem: `there are several applications, at ${places.join(', ')}: choose one with --entry <file>`,
    }
  }
  const [place, other] = first.listenings
  if (other !== undefined) {
    return {
      framework: first.creation.framework,
      problem: `the application at ${placeText(first.creation)} listens in several places`,
    }
  }
  return { application: { creation: first.creation, listening: place } }
}

function placeText({ syntax, call }: Creation): string {
  return `${syntax.path}:${lineOf(syntax, call.start ?? 0)}`
}

/** Nest is given an application of Express, and `createServer` any: those inside are not meant. */
function outermost(creations: readonly Creation[]): Creation[] {
  const nest = creations.filter(({ framework }) => framework === 'nest')
  if (nest.length > 0) return nest
  const frameworks = creations.filter(({ framework }) => framework !== 'http')
  return frameworks.length > 0 ? frameworks : [...creations]
}

/** Where the application starts, as package.json says and as is usual. */
function entriesOf({ manifest }: Project, files: Files): string[] {
  const scripts = ['start', 'start:prod', 'serve', 'dev']
    .map((name) => manifest.scripts?.[name])
    .filter((script) => typeof script === 'string')
  const named = scripts.flatMap((script) => script.match(/[\w./-]+\.[cm]?[jt]sx?\b/g) ?? [])
  const main = typeof manifest.main === 'string' ? [manifest.main] : []
  const usual = ['src/main', 'src/server', 'src/index', 'src/app', 'main', 'server', 'index', 'app']
  const built = [...named, ...main].map((path) =>
    path.replace(/^\.?\/?(dist|build|lib|out)\//, 'src/'),
  )
  const paths = [...named, ...main, ...built, ...usual, 'bin/www']
  const found = paths.map((path) => resolved(files, '', `./${path.replace(/^\.\//, '')}`))
  return [...new Set(found.filter((path) => path !== undefined))]
}

/** Whether a statement beside this one may contain `await`. */
export function canAwait(
  project: Project,
  syntax: Syntax,
  statement: Creation['statement'],
): boolean {
  const around = functionOf(syntax, statement)
  if (around === undefined) return isModule(project, syntax.path)
  return 'async' in around && around.async === true
}
