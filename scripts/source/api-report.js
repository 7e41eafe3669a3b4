// The public API of a package as text, one report for each entry, from the types that are published.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'

const compilerOptions = {
  target: 'es2022',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
}
const silent = { default: { logLevel: 'none' } }

/** Where the report of an entry is kept: `./koa` is `packages/health/api/koa.api.md`. */
const fileOf = (entry) => `${entry === '.' ? 'index' : entry.slice(2)}.api.md`

/** The report of each entry, by the name of its file. The package has to be built. */
export function apiReports({ folder, manifest }) {
  const work = mkdtempSync(join(tmpdir(), 'clew-api-'))
  try {
    return new Map(
      Object.entries(manifest.exports)
        .filter(([, target]) => target.import?.types)
        .map(([entry, target]) => {
          const file = fileOf(entry)
          return [file, reportOf(folder, join(folder, target.import.types), join(work, file))]
        }),
    )
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function reportOf(folder, types, to) {
  mkdirSync(to)
  const config = ExtractorConfig.prepare({
    configObject: {
      newlineKind: 'lf',
      projectFolder: folder,
      mainEntryPointFilePath: types,
      compiler: { overrideTsconfig: { compilerOptions, files: [types] } },
      apiReport: {
        enabled: true,
        reportFileName: 'report.api.md',
        reportFolder: to,
        reportTempFolder: join(to, 'temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: silent,
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
  })
  const errors = []
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      message.handled = true
      if (message.logLevel === 'error') errors.push(message.text)
    },
  })
  if (errors.length > 0) throw new Error(`${types}: ${errors.join('\n')}`)
  const report = readFileSync(join(to, 'report.api.md'), 'utf8')
  // Comments say what has documentation, which is no part of the API.
  return report.replace(/^ *\/\/.*\n/gm, '')
}

/** The declarations that one report has and another one has not, or has in another form. */
export function missingDeclarations(before, after) {
  const kept = new Set(linesOf(after))
  return linesOf(before).filter((line) => !kept.has(line))
}

/** Each line of a declaration with the name of what it is in: `Answer: readonly body: string;`. */
function linesOf(report) {
  let name = ''
  return report.split('\n').flatMap((line) => {
    const declaration = /^(?:[a-z]+ )*(?:class|interface|function|type|const|enum) (\w+)/.exec(line)
    name = declaration?.[1] ?? name
    const text = line.trim()
    if (/^($|\/\/|import |#|>|```)/.test(text)) return []
    return [`${name}: ${text}`]
  })
}
