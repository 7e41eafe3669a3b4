// Writes how many lines each package changes on each framework into examples/frameworks/README.md, where the rules
// compare them with the diffs.
import { readFileSync, writeFileSync } from 'node:fs'
import { frameworksReadme, withTable } from './source/diff-lines.js'

writeFileSync(frameworksReadme, withTable(readFileSync(frameworksReadme, 'utf8')))
