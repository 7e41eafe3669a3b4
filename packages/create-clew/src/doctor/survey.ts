import { dependenciesOf, type Project } from '../project/project.ts'
import { type EnvironmentRead, environmentReads } from '../source/environment.ts'
import { modulesOf } from '../source/imports.ts'
import { lineOf, type Node, type Syntax } from '../source/syntax.ts'
import { type Deployment, deploymentOf } from './deployment.ts'
import type { Evidence } from './finding.ts'

/** What was read of an application, in the terms of the doctor. */
export interface Survey {
  readonly project: Project
  readonly dependencies: ReadonlySet<string>
  /** Each module that is imported, without `node:`. */
  readonly imports: readonly { readonly module: string; readonly at: Evidence }[]
  /** `console.log` and the like. */
  readonly consoleCalls: readonly Evidence[]
  readonly strings: readonly { readonly value: string; readonly at: Evidence }[]
  readonly environment: readonly (EnvironmentRead & { readonly at: Evidence })[]
  readonly deployment: Deployment
}

export function surveyOf(project: Project): Survey {
  const { files } = project
  return {
    project,
    dependencies: dependenciesOf(project),
    imports: files.flatMap((syntax) =>
      modulesOf(syntax).map(({ module, node }) => ({
        module: module.replace(/^node:/, ''),
        at: evidence(syntax, node, module),
      })),
    ),
    consoleCalls: files.flatMap((syntax) =>
      syntax.nodes.flatMap((node) => consoleCall(syntax, node) ?? []),
    ),
    strings: files.flatMap((syntax) =>
      syntax.nodes.flatMap((node) =>
        node.type === 'StringLiteral'
          ? [{ value: node.value, at: evidence(syntax, node, JSON.stringify(node.value)) }]
          : [],
      ),
    ),
    environment: environmentReads(files).map((read) => ({
      ...read,
      at: evidence(read.syntax, read.node, `process.env.${read.name}`),
    })),
    deployment: deploymentOf(project.folder),
  }
}

function evidence(syntax: Syntax, node: Node, what: string): Evidence {
  return { file: syntax.path, line: lineOf(syntax, node.start ?? 0), what }
}

function consoleCall(syntax: Syntax, node: Node): Evidence | undefined {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return undefined
  const { object, property } = node.callee
  if (object.type !== 'Identifier' || object.name !== 'console') return undefined
  if (property.type !== 'Identifier') return undefined
  return evidence(syntax, node, `console.${property.name}`)
}

/** The line of package.json that names something. */
export function inManifest({ manifestText }: Project, name: string): Evidence | undefined {
  const index = manifestText.split('\n').findIndex((line) => line.includes(`"${name}"`))
  return index < 0
    ? undefined
    : { file: 'package.json', line: index + 1, what: `${name}, which no file imports` }
}
