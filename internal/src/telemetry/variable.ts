/** The value of a variable, or undefined where it is not set or blank. */
export function variable(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env[name]?.trim() || undefined
}
