import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { succeed } from './bench.ts'
import { packAll } from './packed.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * What stands for the version before: until there are published ones, a commit of the day before
 * the first release. Its packages and today's have to understand each other.
 */
export const revision = 'd57c8f7'

/** Builds and packs some packages as they were: file by name. */
export async function packRevision(
  names: readonly string[],
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const source = join(folder, 'revision')
  const to = join(folder, 'older')
  mkdirSync(source)
  mkdirSync(to)
  const archive = join(folder, 'revision.tar')
  await succeed('git', ['archive', '-o', archive, revision], { cwd: root })
  await succeed('tar', ['xf', archive], { cwd: source })
  const filters = names.map((name) => `--filter=@clew/${name}...`)
  const pnpm = (...args: string[]) => succeed('pnpm', args, { cwd: source })
  await pnpm('install', '--frozen-lockfile', '--prefer-offline', ...filters, '--filter=clew')
  await pnpm('--filter=@clew/internal', 'run', 'build')
  await pnpm(...names.map((name) => `--filter=@clew/${name}`), 'run', 'build')
  return packAll(names, { from: join(source, 'packages'), to })
}
