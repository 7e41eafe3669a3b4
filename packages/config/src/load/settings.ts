import { prefixOf } from '../declaration/leaves.ts'
import { checkOf } from '../declaration/mistakes.ts'

/** Options of {@link load} and {@link loadOrExit}. */
export interface LoadOptions {
  /**
   * Prepended to every variable name: with `APP`, `httpAddr` is read from `APP_HTTP_ADDR` only.
   * @defaultValue none
   */
  readonly prefix?: string
  /** The environment. @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>
  /**
   * The command line without node and the program: `process.argv.slice(2)`. `--http-addr=:9090`
   * overrides HTTP_ADDR. An option that is not declared, or a secret, is a problem.
   * @defaultValue none: the command line is not read
   */
  readonly args?: readonly string[]
  /**
   * A file of variables for development, read only if NODE_ENV is unset or `development`, after
   * `.env.development.local`, `.env.local` and `.env.development`. With another NODE_ENV such as
   * `test`, only `.env.test.local` and `.env.test` are read; in `production`, none. The environment
   * takes precedence, and no file need exist. `false`: none is read.
   * @defaultValue '.env', but `false` if `env` is given
   */
  readonly envFile?: string | false
  /**
   * Whether `${NAME}` and `${NAME:-default}` are replaced in the `.env` files, except in `'…'`. The
   * environment and its values are never expanded.
   * @defaultValue false
   */
  readonly expand?: boolean
  /**
   * If X_FILE is set to a path, X is the content of that file, without a final line break. Only for
   * secrets, and for kinds with `fromFile()`. `false`: for none.
   * @defaultValue true
   */
  readonly files?: boolean
  /**
   * The maximum size of a value or a file, in bytes (an integer, at least 1).
   * @defaultValue 1_048_576
   */
  readonly maxBytes?: number
  /**
   * With a prefix: whether a variable that has it and is not declared is a problem (`refuse`).
   * @defaultValue 'ignore'
   */
  readonly unknown?: 'ignore' | 'refuse'
}

/** The options with their defaults; the prefix ends in `_` or is empty. */
export interface Settings extends Required<LoadOptions> {
  /** The public function that was given the options: `config.load`. */
  readonly caller: string
}

const defaults = {
  prefix: '',
  args: [],
  envFile: '.env',
  expand: false,
  files: true,
  maxBytes: 1_048_576,
  unknown: 'ignore',
} as const

export function settingsOf(options: LoadOptions | undefined, caller: string): Settings {
  if (options === undefined) return { ...defaults, env: process.env, caller }
  const check = checkOf(caller)
  check.options('options', options, [
    'prefix',
    'env',
    'args',
    'envFile',
    'expand',
    'files',
    'maxBytes',
    'unknown',
  ])
  const {
    prefix = defaults.prefix,
    env = process.env,
    args = defaults.args,
    envFile = options.env === undefined ? defaults.envFile : false,
    expand = defaults.expand,
    files = defaults.files,
    maxBytes = defaults.maxBytes,
    unknown = defaults.unknown,
  } = options
  check.object('env', env)
  check.strings('args', args)
  if (envFile !== false && (typeof envFile !== 'string' || envFile === '')) {
    throw check.error('envFile', 'a file name or false', envFile)
  }
  check.boolean('expand', expand)
  check.boolean('files', files)
  check.integer('maxBytes', maxBytes, { min: 1 })
  check.oneOf('unknown', unknown, ['ignore', 'refuse'])
  if (unknown === 'refuse' && prefix === '') {
    throw check.error('unknown', 'ignore if there is no prefix', unknown)
  }
  return {
    prefix: prefixOf(prefix, caller),
    env,
    args,
    envFile,
    expand,
    files,
    maxBytes,
    unknown,
    caller,
  }
}
