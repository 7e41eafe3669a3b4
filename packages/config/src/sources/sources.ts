import { isCredentialVariable } from '@clew/internal/redaction/credential-names'
import { type Leaf, type Leaves, optionOf, takesFile } from '../declaration/leaves.ts'
import type { Issue } from '../issues/issue.ts'
import { parseArguments } from './arguments.ts'
import { type DevelopmentFiles, readDevelopmentFiles } from './development-files.ts'
import { readFileVariable } from './file-variable.ts'
import { type Credential, type Found, type Layer, ownText } from './layer.ts'
import { aliasConflict, credentialProblem, fileConflict } from './source-problems.ts'

export interface SourceOptions {
  /** The public function that reads the sources: `config.load`. */
  readonly caller: string
  readonly env: Layer['texts']
  readonly args: readonly string[]
  readonly envFile: string | false
  readonly expand: boolean
  readonly files: boolean
  readonly maxBytes: number
}

/** Where values come from, with the command line and the `.env` files already parsed. */
export interface Sources {
  readonly issues: readonly Issue[]
  /** The command line asks for help. */
  readonly help: boolean
  readonly leaves: Leaves
  readonly options: SourceOptions
  /** The values on the command line. */
  readonly values: ReadonlyMap<Leaf, string> | undefined
  /** The environment, and the `.env` files in the order of precedence. */
  readonly layers: readonly Layer[]
}

/** Parses the command line and the `.env` files. */
export function openSources(leaves: Leaves, options: SourceOptions): Sources {
  const { args, caller } = options
  const parsed = args.length === 0 ? undefined : parseArguments(args, leaves, caller)
  const files = readFiles(leaves, options)
  const environment: Layer = { texts: options.env }
  return {
    issues: [...(parsed?.issues ?? []), ...(files?.issues ?? [])],
    help: parsed?.help === true,
    leaves,
    options,
    values: parsed?.values,
    layers: files ? [environment, ...files.layers] : [environment],
  }
}

function readFiles(leaves: Leaves, options: SourceOptions): DevelopmentFiles | undefined {
  let aliases: ReadonlyMap<string, Leaf> | undefined
  const credentialOf = (name: string): Credential | undefined => {
    aliases ??= aliasesOf(leaves)
    const declared = (leaves.get(name) ?? aliases.get(name))?.definition.secret === true
    return declared || isCredentialVariable(name) ? { name, declared } : undefined
  }
  return readDevelopmentFiles({ ...options, credentialOf })
}

/** The former names of variables. */
export function aliasesOf(leaves: Leaves): ReadonlyMap<string, Leaf> {
  const aliases = new Map<string, Leaf>()
  for (const leaf of leaves.values()) {
    for (const alias of leaf.definition.aliases ?? []) aliases.set(alias, leaf)
  }
  return aliases
}

/** Looks on the command line, then in the environment, then in the `.env` files. */
export function find(sources: Sources, leaf: Leaf): Found | Issue | undefined {
  const { values, layers } = sources
  const argument = values && findArgument(values, leaf)
  if (argument) return argument
  for (const layer of layers) {
    const found = findIn(layer, leaf, sources)
    if (found) return found
  }
  return undefined
}

function findArgument(values: ReadonlyMap<Leaf, string>, leaf: Leaf): Found | undefined {
  const text = values.get(leaf)
  if (text === undefined || isUnset(text, leaf)) return undefined
  return { text, source: `option --${optionOf(leaf)}`, file: undefined }
}

/** By its name, or by a former one. */
function findIn(layer: Layer, leaf: Leaf, sources: Sources): Found | Issue | undefined {
  const { variable, definition } = leaf
  let found = findNamed(layer, leaf, variable, sources)
  if (definition.aliases === undefined) return found
  for (const alias of definition.aliases) {
    if (found && 'code' in found) return found
    const other = findNamed(layer, leaf, alias, sources)
    if (found === undefined && other && !('code' in other)) {
      found = { ...other, source: `${other.source} as ${alias}`, alias }
    } else if (other && 'code' in other) return other
    else if (found && other && found.text !== other.text) {
      return aliasConflict(leaf, found.alias ?? variable, alias)
    }
  }
  return found
}

function findNamed(
  layer: Layer,
  leaf: Leaf,
  variable: string,
  { leaves, options }: Sources,
): Found | Issue | undefined {
  const text = ownText(layer.texts, variable)
  const name = `${variable}_FILE`
  // If X_FILE is itself declared, it does not name the file of X.
  const path =
    options.files && takesFile(leaf) && !leaves.has(name) ? ownText(layer.texts, name) : undefined
  if (text === undefined || isUnset(text, leaf)) {
    if (!path) return undefined
    const credential = layer.credentialIn?.(name)
    if (credential) return credentialProblem(leaf, name, credential)
    return readFileVariable({ leaf, name, path }, options.maxBytes)
  }
  const source = layer.source?.(variable) ?? 'environment'
  if (path) return fileConflict(leaf, variable, source)
  const credential = layer.credentialIn?.(variable)
  if (credential?.declared && !leaf.definition.secret) {
    return credentialProblem(leaf, variable, credential)
  }
  return { text, source, file: undefined, hidden: credential !== undefined }
}

function isUnset(text: string, leaf: Leaf): boolean {
  return text === '' && !leaf.definition.allowEmpty
}

/** The names of all variables in the environment and the `.env` files. */
export function namesOf({ layers }: Sources): readonly string[] {
  return layers.flatMap(({ texts }) => Object.keys(texts))
}
