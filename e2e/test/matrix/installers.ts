// What each package manager makes of the tarballs, and what it says about them.
import { join } from 'node:path'
import { type Bench, json, serve, succeed, write } from './bench.ts'
import type { Cell } from './cell.ts'
import { names } from './packed.ts'
import { inJavaScript } from './program.ts'
import { fileOf, versionOf } from './tools.ts'

/** The manifest of an application that depends on packed packages, and on others by version. */
export function manifestOf(
  { tarballs }: Pick<Bench, 'tarballs'>,
  clew: readonly string[],
  others: Readonly<Record<string, string>> = {},
): object {
  const packed = clew.map((name) => [`@clew/${name}`, `file:${tarballs.get(name)}`])
  return { name: 'app', private: true, dependencies: { ...Object.fromEntries(packed), ...others } }
}

// npm 11 names protobufjs, a dependency of @grpc/grpc-js, whose script prints a hint and is not run.
const scripts = /^npm warn (install-scripts|allow-scripts)/

/** Installs with npm. Rejects if it warns of anything but what is `known`. */
export async function npmInstall(folder: string, manifest: object, known?: RegExp): Promise<void> {
  write(folder, { 'package.json': json(manifest) })
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline']
  const output = await succeed('npm', args, { cwd: folder })
  const warnings = output.split('\n').filter((line) => line.startsWith('npm warn'))
  refuse(warnings.filter((line) => !scripts.test(line) && !known?.test(line)))
}

function refuse(warnings: readonly string[]): void {
  if (warnings.length > 0) throw new Error(`warnings at installation:\n${warnings.join('\n')}`)
}

const linesOf = (output: string, pattern: RegExp) =>
  output.split('\n').filter((line) => pattern.test(line))

/** The registry and the certificates that npm is configured with here, for Yarn. */
async function networkOfNpm(cwd: string): Promise<Readonly<Record<string, string>>> {
  const read = async (name: string) => {
    const value = await succeed('npm', ['config', 'get', name], { cwd })
    return value.trim().replace(/^(?:null|undefined)$/, '')
  }
  const [registry, cafile, strict] = [
    await read('registry'),
    await read('cafile'),
    await read('strict-ssl'),
  ]
  return {
    YARN_NPM_REGISTRY_SERVER: registry.replace(/\/$/, ''),
    YARN_UNSAFE_HTTP_WHITELIST: new URL(registry).hostname,
    YARN_ENABLE_STRICT_SSL: strict,
    ...(cafile === '' ? {} : { YARN_HTTPS_CA_FILE_PATH: cafile }),
  }
}

const services = async () => ({
  'service.mjs': await inJavaScript('process', 'esm'),
  'service.cjs': await inJavaScript('process', 'cjs'),
})

const kind = 'Package managers'

export const installers: readonly Cell[] = [
  {
    kind,
    name: 'npm',
    version: 'that of Node',
    note: 'names protobufjs, whose script is not needed',
    // The project of the other rows.
    run: (bench) => serve(bench, [process.execPath, 'service.mjs'], { cwd: bench.project }),
  },
  {
    kind,
    name: 'pnpm',
    version: '12',
    note: 'with `allowBuilds: { protobufjs: false }`',
    async run(bench) {
      const folder = join(bench.folder, 'pnpm')
      write(folder, {
        'package.json': json(manifestOf(bench, names, { '@opentelemetry/api': '1.9.1' })),
        // Upstream: @grpc/grpc-js depends on protobufjs, whose script only prints a hint.
        'pnpm-workspace.yaml': 'allowBuilds:\n  protobufjs: false\n',
        ...(await services()),
      })
      const args = ['install', '--prefer-offline', '--no-frozen-lockfile']
      const output = await succeed('pnpm', args, { cwd: folder })
      refuse(linesOf(output, /\bWARN\b|peer dependenc|Ignored build scripts/i))
      await serve(bench, [process.execPath, 'service.mjs'], { cwd: folder })
      await serve(bench, [process.execPath, 'service.cjs'], { cwd: folder })
    },
  },
  {
    kind,
    name: 'Yarn, Plug’n’Play',
    version: versionOf('@yarnpkg/cli-dist') ?? '',
    async run(bench) {
      const folder = join(bench.folder, 'yarn')
      const yarn = fileOf('@yarnpkg/cli-dist', 'bin/yarn.js')
      write(folder, {
        'package.json': json(manifestOf(bench, names, { '@opentelemetry/api': '1.9.1' })),
        '.yarnrc.yml': 'nodeLinker: pnp\nenableTelemetry: false\nenableScripts: false\n',
        'yarn.lock': '',
        ...(await services()),
      })
      const env = {
        YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
        CI: undefined,
        ...(await networkOfNpm(folder)),
      }
      const output = await succeed(process.execPath, [yarn, 'install'], { cwd: folder, env })
      refuse(linesOf(output, /YN0002|YN0060|YN0086|YN0057|YN0005/))
      for (const file of ['service.mjs', 'service.cjs']) {
        await serve(bench, [process.execPath, yarn, 'node', file], { cwd: folder, env })
      }
    },
  },
]
