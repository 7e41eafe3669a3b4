const secretName = /pass(?:word|wd|phrase)?|secret|token|credential|api-?_?key|private|auth/i
const maxArgumentLength = 1024

/** The command line with NUL between the arguments, as Go's `cmdline`; what looks like a secret is left out. */
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
      const secret = name !== undefined && secretName.test(name)
      hideNext = secret && value === undefined && argument.startsWith('-')
      if (secret && value !== undefined) return `${name}=[redacted]`
      return argument
        .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1[redacted]@')
        .slice(0, maxArgumentLength)
    })
    .join('\0')
}
