// pnpm release:check: packs the release as it would be published, checks what is in it, publishes it to a registry of its own,
// and installs it from there into an application, which has to run. --write makes what was weighed the new limits.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { transform } from '@swc/core'
import { root } from '../rules/packages.js'
import { problemsOfContents } from './contents.js'
import { problemsOfCreation } from './creation.js'
import { startRegistry } from './registry.js'
import { stageRelease } from './stage.js'
import { problemsOfWeights, weigh, writeLimits } from './weight.js'

const execute = promisify(execFile)
const run = (command, args, cwd) => execute(command, args, { cwd, maxBuffer: 2 ** 26 })
const tool = (name) => join(root, 'node_modules/.bin', name)
const licences = /^\(?(0BSD|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0|ISC|MIT)\)?$/

const work = mkdtempSync(join(tmpdir(), 'clew-release-'))
const place = (name) => {
  mkdirSync(join(work, name))
  return join(work, name)
}
let broken = 0

function report(title, problems) {
  console.log(`${problems.length === 0 ? '✓' : '✗'} ${title}`)
  for (const problem of problems) console.log(`    ${problem}`)
  broken += problems.length
}

/** What a command complains of, if it fails. */
const complaints = (command, args) =>
  run(command, args, work).then(
    () => [],
    ({ stdout, stderr }) => `${stdout}${stderr}`.trim().split('\n'),
  )

async function pack(folder, to) {
  const { stdout } = await run('pnpm', ['pack', '--json', '--pack-destination', to], folder)
  const tarball = JSON.parse(stdout).filename
  const unpacked = join(to, basename(folder))
  mkdirSync(unpacked)
  await run('tar', ['xzf', tarball, '-C', unpacked, '--strip-components', '1'], to)
  const { name, version, types } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'))
  return { name, version, tarball, folder: unpacked, isCommand: types === undefined }
}

/** Each folder below node_modules that has a manifest. */
function installedIn(folder) {
  return readdirSync(join(folder, 'node_modules'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(.*node_modules\/)?(@[^/]+\/)?[^/@]+\/package\.json$/.test(file))
    .map((file) => JSON.parse(readFileSync(join(folder, 'node_modules', file), 'utf8')))
    .filter(({ name, version }) => name && version)
}

async function install(project, dependencies, npmrc) {
  writeFileSync(join(project, '.npmrc'), npmrc)
  const manifest = { name: 'app', private: true, type: 'module', dependencies }
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest))
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--silent'], project)
}

try {
  const staged = stageRelease(place('staged'))
  const tarballs = place('packed')
  const packed = []
  for (const folder of staged) packed.push(await pack(folder, tarballs))

  for (const { name, version, tarball, folder, isCommand } of packed) {
    report(`${name} ${version}: what is in it`, problemsOfContents(folder))
    report(`${name}: exports (publint)`, await complaints(tool('publint'), ['--strict', tarball]))
    if (!isCommand) report(`${name}: types (attw)`, await complaints(tool('attw'), [tarball]))
  }

  const registry = await startRegistry(place('registry'))
  try {
    const npmrc = join(work, 'npmrc')
    writeFileSync(npmrc, registry.npmrc)
    const args = [
      'publish',
      '--access',
      'public',
      '--registry',
      registry.url,
      '--userconfig',
      npmrc,
    ]
    for (const { tarball } of packed) await run('npm', [...args, tarball], work)

    const project = place('app')
    const libraries = packed.filter(({ isCommand }) => !isCommand)
    const versions = Object.fromEntries(libraries.map(({ name, version }) => [name, version]))
    const api = { '@opentelemetry/api': '1.9.1' }
    await install(project, { ...versions, ...api }, registry.npmrc)
    const source = readFileSync(join(root, 'e2e/test/matrix/service.ts'), 'utf8')
    const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }
    const { code } = await transform(`${source}\nawait run()\n`, options)
    writeFileSync(join(project, 'service.js'), code)
    report(
      `from a registry, by npm: an application with all ${libraries.length} runs`,
      await complaints(process.execPath, [join(project, 'service.js')]),
    )
    report(
      'licences of all that is installed',
      installedIn(project)
        .filter(({ license }) => !licences.test(license))
        .map(({ name, license }) => `${name}: ${license}`),
    )

    report(
      'npm create clew, from the registry: the tests of an application pass as before',
      await problemsOfCreation({ project: place('created'), npmrc: registry.npmrcOfAll, run }),
    )

    const weights = {}
    for (const each of libraries) {
      const alone = place(`alone-${basename(each.folder)}`)
      await install(alone, { [each.name]: each.version }, registry.npmrc)
      const dependencies = installedIn(alone).length - 1
      weights[each.name] = weigh({ ...each, project, dependencies })
    }
    if (process.argv.includes('--write')) writeLimits(weights)
    for (const [name, { downloadKb, installedKb, dependencies, importShare }] of Object.entries(
      weights,
    )) {
      console.log(
        `  ${name}: ${downloadKb} kB, ${installedKb} kB installed, ${dependencies} packages, import ${importShare.toFixed(2)} ×`,
      )
    }
    report('weights, within their limits', problemsOfWeights(weights))
  } finally {
    await registry.stop()
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(broken === 0 ? 'ready to be released' : `${broken} problems`)
process.exitCode = broken === 0 ? 0 : 1
