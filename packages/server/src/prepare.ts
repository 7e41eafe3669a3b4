import { prepare } from './process/prepare.ts'

prepare()
