import { issueOf, wrongOption } from './errors.ts'
import { onlyKnown } from './options.ts'
import { read } from './read.ts'
import { openSources, type Sources } from './sources.ts'
import { leavesOf, prefixOf, type Spec, type Values } from './spec.ts'

/** Options of {@link load} and {@link loadOrExit}. */
export interface LoadOptions {
  /** Before every variable's name: with `APP`, `httpAddr` is `APP_HTTP_ADDR`, and only that. @defaultValue none */
  readonly prefix?: string
  /** The environment. @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>
  /**
   * The command line without node and the program: `process.argv.slice(2)`. `--http-addr=:9090` overrides HTTP_ADDR; anything
   * that is no declared option is a problem. Secrets are refused here. @defaultValue none: the command line is not read
   */
  readonly args?: readonly string[]
  /**
   * A file of variables for development, read when NODE_ENV is unset or `development` and at no other time. The environment
   * wins over it; that it does not exist is fine. `false`: never. @defaultValue '.env', and `false` with an `env` of yours
   */
  readonly envFile?: string | false
  /** With X_FILE set to a path, X is what that file holds, without one end of line. @defaultValue true */
  readonly files?: boolean
  /** Longest value, and largest file, in bytes (at least 1). @defaultValue 1_048_576 */
  readonly maxBytes?: number
  /** With a prefix: a variable that has it and is not declared is a problem (`refuse`) or not. @defaultValue 'ignore' */
  readonly unknown?: 'ignore' | 'refuse'
}

/**
 * Reads the configuration that a declaration asks for. Deeply frozen; each value is exactly what its kind says.
 *
 * @throws ConfigError with all problems at once
 * @throws TypeError (`ERR_CONFIG_DECLARATION`, `ERR_CONFIG_OPTION`) when the declaration or an option is wrong
 */
export function load<const S extends Spec>(spec: S, options?: LoadOptions): Values<S> {
  const settings = settingsOf(options)
  const sources = openSources(leavesOf(spec, settings.prefix), settings)
  return read<S>(sources.help ? withHelpRefused(sources) : sources, settings)
}

function withHelpRefused(sources: Sources): Sources {
  const issue = issueOf({
    code: 'unknown',
    problem: '--help asks for the options',
    source: 'command line',
    hint: 'loadOrExit prints them; help(spec) returns them',
  })
  return { ...sources, issues: [issue, ...sources.issues] }
}

/** The options with their defaults; the prefix ends in `_`, or is empty. */
export type Settings = Required<LoadOptions>

export function settingsOf(options: LoadOptions | undefined): Settings {
  return options === undefined ? { ...defaults, env: process.env } : checked(options)
}

const defaults = {
  prefix: '',
  args: [],
  envFile: '.env',
  files: true,
  maxBytes: 1_048_576,
  unknown: 'ignore',
} as const

const known = [...Object.keys(defaults), 'env']

function checked(options: LoadOptions): Settings {
  const owner = 'config.load'
  onlyKnown(owner, options, known)
  const {
    prefix = defaults.prefix,
    env = process.env,
    args = defaults.args,
    envFile = options.env === undefined ? defaults.envFile : false,
    files = defaults.files,
    maxBytes = defaults.maxBytes,
    unknown = defaults.unknown,
  } = options
  if (typeof env !== 'object' || env === null || Array.isArray(env))
    throw wrongOption(owner, 'env', 'an object', env)
  if (!Array.isArray(args) || !args.every((text) => typeof text === 'string'))
    throw wrongOption(owner, 'args', 'a list of texts', args)
  if (envFile !== false && (typeof envFile !== 'string' || envFile === '')) {
    throw wrongOption(owner, 'envFile', 'the name of a file, or false', envFile)
  }
  if (typeof files !== 'boolean') throw wrongOption(owner, 'files', 'true or false', files)
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw wrongOption(owner, 'maxBytes', 'an integer, at least 1', maxBytes)
  }
  if (unknown !== 'ignore' && unknown !== 'refuse') {
    throw wrongOption(owner, 'unknown', "'ignore' or 'refuse'", unknown)
  }
  if (unknown === 'refuse' && prefix === '') {
    throw wrongOption(owner, 'unknown', "'ignore' without a prefix", unknown)
  }
  return { prefix: prefixOf(prefix), env, args, envFile, files, maxBytes, unknown }
}
