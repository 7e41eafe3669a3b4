// A copy of the working tree, installed and built: what is being edited stays as it is, and nobody else's tests see a mutant.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export function copyOf(root, workspace) {
  const copy = mkdtempSync(join(tmpdir(), 'clew-mutants-'))
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))
  const listed = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], root)
  for (const file of listed.split('\0')) {
    // What is deleted, but not yet committed, is listed too.
    if (file === '' || !existsSync(join(root, file))) continue
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file), { verbatimSymlinks: true })
  }
  run('npx', ['-y', 'pnpm@12', 'install', '--prefer-offline', '--frozen-lockfile'], copy)
  build(copy, workspace)
  return copy
}

function build(copy, workspace) {
  const args = ['run', 'build', `--filter=./${workspace}...`, '--output-logs=errors-only']
  run(join(copy, 'node_modules/.bin/turbo'), args, copy)
}

function run(command, args, cwd) {
  const env = { ...process.env, CI: 'true', TURBO_TELEMETRY_DISABLED: '1' }
  const done = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (done.status === 0) return done.stdout
  throw new Error(`${command} ${args.join(' ')}\n${done.stdout}${done.stderr}${done.error ?? ''}`)
}
