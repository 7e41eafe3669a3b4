/** The trimmed value of a variable; undefined if it is not set or blank. */
export function variable(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env[name]?.trim() || undefined
}
