// Builds everything, and says something only when that fails: what follows is for a person to read.
import { spawnSync } from 'node:child_process'

const build = spawnSync('turbo', ['run', 'build', '--output-logs=errors-only'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
if (build.status !== 0) {
  process.stderr.write(build.stdout ?? '')
  process.stderr.write(build.stderr ?? String(build.error))
  process.exit(build.status ?? 1)
}
