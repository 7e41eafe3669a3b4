import type { Application } from '../application/application.ts'
import type { Project } from '../project/project.ts'
import { isVisible } from '../source/scopes.ts'
import type { Node, Syntax } from '../source/syntax.ts'
import type { Area } from './areas.ts'
import { FileEdit } from './file-edit.ts'
import { isWired } from './needs.ts'

/** What is to be added to which application, and what was added so far. */
export class Context {
  readonly project: Project
  readonly application: Application
  readonly areas: readonly Area[]
  private readonly files = new Map<Syntax, FileEdit>()

  constructor(project: Project, application: Application, areas: readonly Area[]) {
    this.project = project
    this.application = application
    this.areas = areas
  }

  has(area: Area): boolean {
    return this.areas.includes(area)
  }

  edit(syntax: Syntax): FileEdit {
    const edit = this.files.get(syntax) ?? new FileEdit(syntax)
    this.files.set(syntax, edit)
    return edit
  }

  get edits(): readonly FileEdit[] {
    return [...this.files.values()].filter((edit) => !edit.isEmpty)
  }

  /** Whether what is configured stands beside the listening, whose options must see it; else it follows the application. */
  get isSetUpAtListening(): boolean {
    const { creation, listening } = this.application
    if (!this.has('server') || listening === undefined) return false
    if (creation.framework === 'http' || listening.syntax !== creation.syntax) return true
    return !isVisible(creation.syntax, creation.statement, listening.statement)
  }

  get setUpAt(): { readonly syntax: Syntax; readonly statement: Node } {
    const { creation, listening } = this.application
    return this.isSetUpAtListening && listening !== undefined ? listening : creation
  }

  /** Which package notes errors, for all of them. */
  get errorsOwner(): 'log' | 'trace' | undefined {
    if (this.has('log')) return isWired(this.project, 'trace') ? undefined : 'log'
    return this.has('trace') && !isWired(this.project, 'log') ? 'trace' : undefined
  }
}
