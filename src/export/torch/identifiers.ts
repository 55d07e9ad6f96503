import { IMAGES, type NetworkLayer } from '../network.js';

/** Python's keywords, and what `nn.Module` and the file itself use already. */
const TAKEN = `
  False None True and as assert async await break class continue def del elif else except finally for from global if
  import in is lambda nonlocal not or pass raise return try while with yield match case type
  F Model CLASSES nn self super torch x images
  T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
  extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia
  named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer
  register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
  register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
  register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory
  state_dict to to_empty train training xpu zero_grad
`.split(/\s+/);

/** What each layer is called in Python: its name where that is possible. */
export function identifiers(network: readonly NetworkLayer[]): ReadonlyMap<string, string> {
  const taken = new Set(TAKEN);
  const names = new Map([[IMAGES, 'images']]);
  for (const { name } of network) {
    let identifier = name.replaceAll(/[^A-Za-z0-9_]/g, '_');
    while (taken.has(identifier)) identifier += '_';
    taken.add(identifier);
    names.set(name, identifier);
  }
  return names;
}
