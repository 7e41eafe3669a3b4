import { createHash } from 'node:crypto'
import type { Session } from '../sessions/session.ts'
import type { Stall } from '../stalls/stalls.ts'
import { profileNames } from './profile-handlers.ts'

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; vertical-align: top }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere }
form { display: flex; flex-wrap: wrap; gap: .8rem; align-items: end }
label { display: grid; font-size: .85rem } input, select, button { font: inherit; padding: .2rem .4rem }
output { color: #c33 }
th, td { overflow-wrap: anywhere }
input, select { max-width: 100%; box-sizing: border-box }
@media (max-width: 40rem) { table, tbody, tr, td { display: block } thead { display: none } td { border: 0; padding: 0 } tr { border-bottom: 1px solid #8884; padding: .4rem 0 } }
`

const script = `
const problem = document.querySelector('output')
async function send(method, url, body) {
  const headers = body ? { 'Content-Type': 'application/json' } : {}
  try {
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) })
    if (answer.ok) location.reload()
    else problem.textContent = (await answer.json()).error
  } catch (error) { problem.textContent = error.message }
}
const base = location.pathname.replace(/\\/$/, '')
document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault()
  const { level, path, method, minutes, actor } = Object.fromEntries(new FormData(event.target))
  const filter = { ...(path && { path }), ...(method && { method }) }
  const ttlMs = Math.round(minutes * 60000)
  send('POST', base + '/sessions', { level, filter, ttlMs, ...(actor && { actor }) })
})
for (const button of document.querySelectorAll('button[data-close]'))
  button.addEventListener('click', () => send('DELETE', base + '/sessions/' + button.dataset.close))
const ends = [...document.querySelectorAll('time')].map((time) => new Date(time.dateTime) - Date.now())
if (ends.length > 0) setTimeout(() => location.reload(), Math.max(1000, Math.min(...ends) + 500))
for (const link of document.querySelectorAll('a[data-below]')) link.href = base + '/' + link.dataset.below
`

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Allows nothing from elsewhere, and no script or style other than the two of this page. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '')

export interface PageContent {
  readonly sessions: readonly Session[]
  readonly debugLogs: 'on' | 'off'
  /** Undefined if the console does not watch the event loop. */
  readonly stalls: readonly Stall[] | undefined
}

export function indexPage({ sessions, debugLogs, stalls }: PageContent): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Debug</title>
<style>${style}</style>
<h1>Debug</h1>
<p>Debug logs for every request: <strong>${debugLogs}</strong></p>
<h2>Sessions</h2>
<table>
<thead><tr><th>Level<th>For<th>Opened by<th>Until<th></thead>
<tbody>${sessions.map(row).join('\n') || '<tr><td colspan="5">None is open.'}</tbody>
</table>
<p><output></output></p>
<form>
<label>Level <select name="level"><option>debug<option>info</select></label>
<label>Path <input name="path" placeholder="/orders/:id" maxlength="256"></label>
<label>Method <input name="method" placeholder="any" size="6" maxlength="32"></label>
<label>Minutes <input name="minutes" type="number" value="10" min="1" max="1440" required></label>
<label>Your name <input name="actor" maxlength="128"></label>
<button>Open a session</button>
</form>
<h2>Blocked event loop</h2>
<table>
<thead><tr><th>At<th>For<th>In</thead>
<tbody>${stallRows(stalls)}</tbody>
</table>
<h2>Profiles</h2>
<table>
${Object.entries(profileNames).map(profileRow).join('\n')}
</table>
<p>Read them with <code>go tool pprof http://…/debug/pprof/profile?seconds=10</code>, or download and open them.</p>
<script>${script}</script>
</html>
`
}

function row({ id, level, filter, everywhere, actor, expiresAt }: Session): string {
  const some = Object.keys(filter).length > 0 ? JSON.stringify(filter) : 'what the program chose'
  const what = everywhere ? 'every request' : some
  return `<tr><td>${level}<td><code>${escaped(what)}</code><td>${escaped(actor)}<td><time datetime="${expiresAt.toISOString()}">${expiresAt.toISOString()}</time><td><button data-close="${id}">Close</button>`
}

function stallRows(stalls: readonly Stall[] | undefined): string {
  if (!stalls) return '<tr><td colspan="3">It is not watched.'
  const rows = stalls.map(({ at, durationMs, stack }) => {
    const where = stack.length > 0 ? stack.map(escaped).join('<br>') : 'a synchronous system call'
    return `<tr><td>${at.toISOString()}<td>${durationMs} ms<td><code>${where}</code>`
  })
  return rows.reverse().join('\n') || '<tr><td colspan="3">It has not been, so far.'
}

function profileRow([name, meaning]: [string, string]): string {
  const query = ['allocs', 'profile', 'wall'].includes(name) ? '?seconds=10' : ''
  const path = `pprof/${name}${query}`
  const top =
    name === 'cmdline' || name === 'loop'
      ? ''
      : link(`${path}${query ? '&' : '?'}format=top`, 'top')
  return `<tr><td>${link(path, name)}<td>${top}<td>${escaped(meaning)}`
}

const link = (path: string, text: string) =>
  `<a data-below="${escaped(path)}" href="/debug/${escaped(path)}">${text}</a>`
