import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Project } from './project.ts'

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun'

const lockfiles: Readonly<Record<string, PackageManager>> = {
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
}

/**
 * Which package manager the application uses: `packageManager` of package.json, the nearest lockfile
 * (of a monorepo it stands further up), or the one that runs this command.
 */
export function packageManagerOf(
  { folder, manifest }: Project,
  userAgent = process.env['npm_config_user_agent'],
): PackageManager {
  const declared = nameIn(manifest.packageManager, /^(npm|pnpm|yarn|bun)@/)
  if (declared !== undefined) return declared
  for (let at = folder; ; at = dirname(at)) {
    for (const [file, manager] of Object.entries(lockfiles))
      if (existsSync(join(at, file))) return manager
    if (existsSync(join(at, '.git')) || at === dirname(at)) break
  }
  return nameIn(userAgent, /^(npm|pnpm|yarn|bun)\//) ?? 'npm'
}

function nameIn(text: unknown, pattern: RegExp): PackageManager | undefined {
  const [, name] = (typeof text === 'string' && pattern.exec(text)) || []
  return name as PackageManager | undefined
}

/** The command that installs what package.json names. In CI, pnpm and Yarn keep the lockfile otherwise. */
export function installCommand(manager: PackageManager): readonly string[] {
  return manager === 'pnpm' ? ['pnpm', 'install', '--no-frozen-lockfile'] : [manager, 'install']
}

/** Installs, with its output on the terminal. Returns whether it has succeeded. */
export function install({ folder }: Project, manager: PackageManager): boolean {
  const [command = manager, ...args] = installCommand(manager)
  // Output goes to stderr: stdout is for the diff.
  const run = spawnSync(command, args, {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  return run.status === 0
}
