const maxNameLength = 64
// `-phunter2` is a flag with its value, so that only one letter may follow a single dash.
const flagPattern = /^(?:-[a-z]|--[a-z][a-z0-9]*(?:[-_.][a-z][a-z0-9]*)*)$/i
const evalPattern = /^(?:-[a-z]*[eip][a-z]*|--(?:eval|print|interactive))$/
const harmlessValues: ReadonlySet<string> = new Set(['true', 'false'])

/**
 * The command line with NUL between the arguments, as in Go's `cmdline`. Only what cannot be a
 * secret is shown: the program, the script, and the names of flags. Values are not, whatever they
 * look like.
 */
export function commandLine(
  executable: string = process.execPath,
  nodeFlags: readonly string[] = process.execArgv,
  script: string | undefined = process.argv[1],
  args: readonly string[] = process.argv.slice(2),
): string {
  // With `node -e`, the first argument stands where the script would.
  const isEval = nodeFlags.some((flag) => evalPattern.test(flag))
  const shownScript = script === undefined ? [] : [isEval ? hidden : script]
  return [executable, ...nodeFlags.map(shown), ...shownScript, ...args.map(shown)].join('\0')
}

function shown(argument: string): string {
  const equals = argument.indexOf('=')
  const name = equals < 0 ? argument : argument.slice(0, equals)
  if (name === '--') return name
  if (name.length > maxNameLength || !flagPattern.test(name)) return hidden
  if (equals < 0) return name
  const value = argument.slice(equals + 1)
  return harmlessValues.has(value) ? argument : `${name}=${hidden}`
}

const hidden = '[hidden]'
