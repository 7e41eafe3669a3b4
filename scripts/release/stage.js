import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { published, root } from '../rules/packages.js'

/**
 * Copies what is packed to `folder`, and gives it there the versions and changelogs of the release: what the changesets make
 * of them. Returns the folder of each package.
 */
export function stageRelease(folder) {
  for (const file of ['package.json', 'pnpm-workspace.yaml', '.changeset']) {
    cpSync(join(root, file), join(folder, file), { recursive: true })
  }
  const manifests = execFileSync('git', ['ls-files', '*/package.json'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const manifest of manifests.trim().split('\n')) {
    mkdirSync(dirname(join(folder, manifest)), { recursive: true })
    cpSync(join(root, manifest), join(folder, manifest))
  }
  for (const { directory } of published) {
    mkdirSync(join(folder, directory), { recursive: true })
    for (const file of readdirSync(join(root, directory))) {
      if (file === 'node_modules' || file.startsWith('.') || file === 'src' || file === 'test')
        continue
      cpSync(join(root, directory, file), join(folder, directory, file), { recursive: true })
    }
  }
  const run = (command, ...args) =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  const as = ['-c', 'user.name=release', '-c', 'user.email=release@localhost']
  // Changesets asks git which commit has added each of its files.
  run('git', 'init', '--quiet', '--initial-branch=main')
  run('git', 'add', '.changeset')
  run('git', ...as, 'commit', '--quiet', '--message', 'Stage a release')
  if (hasChangesets())
    run(process.execPath, join(root, 'node_modules/@changesets/cli/bin.js'), 'version')
  return published.map(({ directory }) => join(folder, directory))
}

const hasChangesets = () =>
  existsSync(join(root, '.changeset')) &&
  readdirSync(join(root, '.changeset')).some((file) => file.endsWith('.md') && file !== 'README.md')
