import { mistake } from '@clew/internal/errors/error'
import { visible } from '@clew/internal/errors/show'
import { OptionCheck } from '@clew/internal/options/check'

export type ConfigCheck = OptionCheck<'ERR_CONFIG_OPTION'>

/** @param caller - the public function whose options are checked: `config.load` */
export function checkOf(caller: string): ConfigCheck {
  return new OptionCheck('ERR_CONFIG_OPTION', caller)
}

/** The declaration itself is wrong. */
export function declarationMistake(
  message: string,
): TypeError & { readonly code: 'ERR_CONFIG_DECLARATION' } {
  return mistake('ERR_CONFIG_DECLARATION', visible(message))
}
