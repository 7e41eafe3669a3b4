import * as prompts from '@clack/prompts'
import { type Area, areas, areaTitles, usualAreas } from '../wiring/areas.ts'

export function intro(text: string): void {
  prompts.intro('Clew')
  prompts.log.info(text)
}

/** Which areas to add; those that are there are not asked for. `undefined`: Ctrl-C. */
export async function askAreas(wired: readonly Area[]): Promise<readonly Area[] | undefined> {
  const open = areas.filter((area) => !wired.includes(area))
  if (open.length === 0) return areas
  const answer = await prompts.multiselect<Area>({
    message: 'What do you want to add? (space to choose, enter to go on)',
    options: open.map((area) => ({ value: area, label: area, hint: areaTitles[area] })),
    initialValues: open.filter((area) => usualAreas.includes(area)),
    required: true,
  })
  return prompts.isCancel(answer) ? undefined : answer
}

export async function confirm(message: string): Promise<boolean | undefined> {
  const answer = await prompts.confirm({ message })
  return prompts.isCancel(answer) ? undefined : answer
}
