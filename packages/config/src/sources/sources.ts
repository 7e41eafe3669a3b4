import { type Leaf, type Leaves, optionOf, takesFile } from '../declaration/leaves.ts'
import type { Issue } from '../issues/issue.ts'
import { parseArguments } from './arguments.ts'
import { readDevelopmentFile } from './development-file.ts'
import { conflict, readFileVariable } from './file-variable.ts'
import { type Found, type Layer, ownText } from './layer.ts'

export interface SourceOptions {
  /** The public function that reads the sources: `config.load`. */
  readonly caller: string
  readonly env: Layer['texts']
  readonly args: readonly string[]
  readonly envFile: string | false
  readonly files: boolean
  readonly maxBytes: number
}

/** Where values come from, with the command line and the `.env` file already parsed. */
export interface Sources {
  readonly issues: readonly Issue[]
  /** The command line asks for help. */
  readonly help: boolean
  readonly leaves: Leaves
  readonly options: SourceOptions
  /** The values on the command line. */
  readonly values: ReadonlyMap<Leaf, string> | undefined
  readonly environment: Layer
  readonly envFile: Layer | undefined
}

/** Parses the command line and the `.env` file. */
export function openSources(leaves: Leaves, options: SourceOptions): Sources {
  const { args, caller } = options
  const parsed = args.length === 0 ? undefined : parseArguments(args, leaves, caller)
  const file = readDevelopmentFile(options)
  return {
    issues: [...(parsed?.issues ?? []), ...(file?.issues ?? [])],
    help: parsed?.help === true,
    leaves,
    options,
    values: parsed?.values,
    environment: { texts: options.env },
    envFile: file?.layer,
  }
}

/** Looks on the command line, then in the environment, then in the `.env` file. */
export function find(sources: Sources, leaf: Leaf): Found | Issue | undefined {
  const { values, environment, envFile } = sources
  return (
    (values && findArgument(values, leaf)) ??
    findIn(environment, leaf, sources) ??
    (envFile && findIn(envFile, leaf, sources))
  )
}

function findArgument(values: ReadonlyMap<Leaf, string>, leaf: Leaf): Found | undefined {
  const text = values.get(leaf)
  if (text === undefined || isUnset(text, leaf)) return undefined
  return { text, source: `option --${optionOf(leaf)}`, file: undefined }
}

function findIn(layer: Layer, leaf: Leaf, { leaves, options }: Sources): Found | Issue | undefined {
  const text = ownText(layer.texts, leaf.variable)
  const name = `${leaf.variable}_FILE`
  // If X_FILE is itself declared, it does not name the file of X.
  const path =
    options.files && takesFile(leaf) && !leaves.has(name) ? ownText(layer.texts, name) : undefined
  if (text === undefined || isUnset(text, leaf))
    return path ? readFileVariable({ leaf, name, path }, options.maxBytes) : undefined
  const source = layer.source?.(leaf.variable) ?? 'environment'
  return path ? conflict({ leaf, name, path }, source) : { text, source, file: undefined }
}

function isUnset(text: string, leaf: Leaf): boolean {
  return text === '' && !leaf.definition.allowEmpty
}

/** The names of all variables in the environment and the `.env` file. */
export function namesOf({ environment, envFile }: Sources): readonly string[] {
  return [...Object.keys(environment.texts), ...Object.keys(envFile?.texts ?? {})]
}
