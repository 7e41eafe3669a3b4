import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, startNode } from '@clew/testing'

const here = fileURLToPath(new URL('../..', import.meta.url))
const folders: string[] = []

export const bin = (name: 'create-clew' | 'clew'): string => join(here, `dist/${name}.js`)

/** An application in a folder of its own, with the workspace's packages to run with. */
export function applicationIn(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'clew-create-'))
  folders.push(folder)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

export function removeApplications(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export function contentOf(folder: string, path: string): string {
  return readFileSync(join(folder, path), 'utf8')
}

/** The result of a built command. */
export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export async function run(
  name: 'create-clew' | 'clew',
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Run> {
  const child: Child = startNode(bin(name), args, { cwd, env: { NO_COLOR: '1', ...env } })
  const { code } = await child.exit
  return { code, stdout: child.stdout, stderr: child.stderr }
}

/** Answers of a connection of its own: one that is kept open would delay the stop of the server. */
export function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.once('end', () => resolve({ status: response.statusCode, body }))
      response.once('error', reject)
    }).once('error', reject)
  })
}
