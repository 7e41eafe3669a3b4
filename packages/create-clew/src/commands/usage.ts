export function createUsage(command: string): string {
  return `Usage: ${command} [folder] [options]

Adds Clew to the Node application in a folder (default: this one).

  --areas <list>   log,trace,metrics,health,debug,security,server,config, or all
                   (default without a question: log,trace,metrics,health,server)
  --entry <file>   the file to begin with, where there are several applications
  --yes, -y        asks nothing
  --dry-run        shows what would be added, and writes nothing
  --no-install     writes package.json, and does not run the package manager
  --help, -h

Exit codes: 0 done, or nothing to do · 1 the installation failed · 2 wrong input ·
3 the place for some lines was not found, and they are printed · 130 cancelled
`
}

export const doctorUsage = `Usage: clew doctor [folder] [options]

Says what a Node application still needs in production, and which lines would add it.

  --json           prints JSON
  --strict         exits with 1 if something is missing
  --entry <file>   the file to begin with, where there are several applications
  --help, -h
`
