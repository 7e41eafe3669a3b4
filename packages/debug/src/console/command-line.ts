import { isCredentialVariable } from '@clew/internal/redaction/credential-names'

// More than the usual names of credentials: the command line of a whole program is shown.
const otherCredential = /pass|token|private|auth/i
const maxArgumentLength = 1024

/** The command line with NUL between the arguments, as in Go's `cmdline`, without secrets. */
export function commandLine(
  program: readonly string[] = [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
): string {
  let hideNext = false
  return program
    .map((argument) => {
      if (hideNext && !argument.startsWith('-')) {
        hideNext = false
        return '[redacted]'
      }
      const [, name, value] = /^(-{0,2}[\w.-]+)(?:=(.*))?$/s.exec(argument) ?? []
      const isSecret = name !== undefined && isCredential(name)
      hideNext = isSecret && value === undefined && argument.startsWith('-')
      if (isSecret && value !== undefined) return `${name}=[redacted]`
      return argument
        .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1[redacted]@')
        .slice(0, maxArgumentLength)
    })
    .join('\0')
}

const isCredential = (name: string) => isCredentialVariable(name) || otherCredential.test(name)
