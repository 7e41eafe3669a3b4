// Writes the public API of each package into its folder `api`, where the rules compare it with the types.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packages } from './rules/packages.js'
import { apiReports } from './source/api-report.js'

for (const each of packages) {
  const folder = join(each.folder, 'api')
  const reports = apiReports(each)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const [file, text] of reports) writeFileSync(join(folder, file), text)
}
