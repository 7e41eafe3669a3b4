import { spawnSync } from 'node:child_process'

/** The changed files below a folder that git has not got yet; undefined where there is no git. */
export function uncommitted(folder: string): readonly string[] | undefined {
  const run = spawnSync('git', ['status', '--porcelain', '--', '.'], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (run.error || run.status !== 0) return undefined
  return run.stdout.split('\n').filter(Boolean)
}
