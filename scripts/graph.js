// Writes the layers of each package into ARCHITECTURE.md, where the rules compare them with the sources.
import { readFileSync, writeFileSync } from 'node:fs'
import { layered } from './rules/packages.js'
import { graphSection, withSection } from './source/graph-text.js'

const document = new URL('../ARCHITECTURE.md', import.meta.url)
const text = readFileSync(document, 'utf8')
writeFileSync(document, withSection(text, graphSection(layered())))
