import { createLayout } from './layout.ts'
import { createBuild } from './panels/build.ts'
import { createConfiguration } from './panels/configuration.ts'
import { createHealth } from './panels/health.ts'
import { createLive } from './panels/live.ts'
import { createLogs } from './panels/logs.ts'
import { createMemory } from './panels/memory.ts'
import { createProfiles } from './panels/profiles.ts'
import { createRequests } from './panels/requests.ts'
import { createSecurity } from './panels/security.ts'
import { createSessions } from './panels/sessions.ts'
import { createStalls } from './panels/stalls.ts'
import { follow } from './stream.ts'
import { createStrip } from './strip.ts'

const strip = createStrip()
const panels = [
  createLive(),
  createRequests(),
  createLogs(),
  createSessions(),
  createProfiles(),
  createMemory(),
  createStalls(),
  createHealth(),
  createSecurity(),
  createConfiguration(),
  createBuild(),
]
document.body.append(strip.element, ...createLayout(panels))

follow({
  onUpdate(update) {
    strip.update(update)
    for (const panel of panels) panel.update?.(update)
  },
  onConnection: strip.connection,
})
