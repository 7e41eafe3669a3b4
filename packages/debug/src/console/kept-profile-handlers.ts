import type { ServerResponse } from 'node:http'
import type { Report } from '@clew/internal/reports/reporter'
import { optionCheck } from '../errors.ts'
import { answer, answerJson, refuse } from './answer.ts'
import { readJson } from './body.ts'
import type { KeptProfiles } from './kept-profiles.ts'
import { formatted } from './profile-formats.ts'
import { kinds } from './profile-kinds.ts'
import type { DebugRequest, Handle } from './request.ts'

export interface KeptProfileHandlers {
  readonly list: Handle
  readonly start: Handle
  readonly show: Handle
  readonly remove: Handle
}

const where = 'POST /debug/profiles'
const kindNames = Object.keys(kinds) as (keyof typeof kinds)[]

/** The profiles of the page: taken in the background, listed, looked at, compared, downloaded. */
export function createKeptProfileHandlers(
  kept: KeptProfiles,
  report: (report: Report) => void,
  { maxProfileSeconds }: { readonly maxProfileSeconds: number },
): KeptProfileHandlers {
  const idOf = ({ path }: DebugRequest) => path.slice('profiles/'.length)
  const refuseUnknown = (res: ServerResponse) =>
    refuse(res, { status: 404, reason: 'no such profile is kept' })

  return {
    list: ({ res }) => answerJson(res, 200, { profiles: kept.list() }),
    async start({ req, res, origin }) {
      const read = await readJson(where, req)
      if ('refusal' in read) return refuse(res, read.refusal)
      const check = optionCheck(where)
      const asked = check.options(
        'options',
        read.body as { readonly kind?: string; readonly seconds?: number },
        ['kind', 'seconds'],
      )
      const kind = kinds[check.oneOf('kind', asked.kind as keyof typeof kinds, kindNames)]
      const bounds = { min: 0.01, max: maxProfileSeconds }
      const seconds =
        asked.seconds === undefined
          ? kind.defaultSeconds && Math.min(kind.defaultSeconds, maxProfileSeconds)
          : check.number('seconds', asked.seconds, bounds)
      const { actor, from } = origin
      // For a person, names are worth a short stop.
      const request = { seconds, hz: undefined, gc: true, maxSeconds: maxProfileSeconds }
      const profile = kept.start(kind, request, actor, (outcome, fields) =>
        report({
          type: 'debug.profile',
          level: 'info',
          message: `${kind.title} ${outcome} for ${actor}`,
          fields: { profile: kind.name, actor, from, ...fields },
        }),
      )
      answerJson(res, 202, profile, { Location: `profiles/${profile.id}` })
    },
    show(request) {
      const { res, query } = request
      const check = optionCheck('GET /debug/profiles')
      const { format } = check.options(
        'options',
        Object.fromEntries(query) as { readonly format?: string },
        ['format'],
      )
      const id = idOf(request)
      if (format === undefined) {
        const stacks = kept.stacks(id)
        return stacks ? answerJson(res, 200, stacks) : refuseUnknown(res)
      }
      check.oneOf('format', format, ['pprof'])
      const profile = kept.file(id)
      if (profile === undefined) return refuseUnknown(res)
      const { content, extension } = formatted(profile, format)
      const file = `attachment; filename="${id}.${extension}"`
      answer(res, 200, content, { 'Content-Disposition': file })
    },
    remove(request) {
      const { res } = request
      const id = idOf(request)
      if (!kept.remove(id)) return refuseUnknown(res)
      answerJson(res, 200, { removed: id })
    },
  }
}
