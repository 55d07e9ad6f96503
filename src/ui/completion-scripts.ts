export const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/**
 * Each script asks the tool itself what may follow. It answers `name` lines, or `name:description` lines when
 * it believes to be asked by zsh: SHELL is set to say which, whatever the login shell is.
 */
export const COMPLETION_SCRIPTS: Record<Shell, string> = {
  bash: `# fmnist completion for bash
_fmnist_completions() {
  local current="\${COMP_WORDS[COMP_CWORD]}" answer
  answer=$(SHELL=bash fmnist --get-yargs-completions "\${COMP_WORDS[@]}" 2>/dev/null)
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$answer" -- "$current"))
}
complete -o bashdefault -o default -F _fmnist_completions fmnist
`,
  zsh: `#compdef fmnist
# fmnist completion for zsh
_fmnist() {
  local -a answer
  answer=("\${(@f)$(SHELL=zsh fmnist --get-yargs-completions "\${words[@]}" 2>/dev/null)}")
  if [[ -n "$answer" ]]; then _describe 'fmnist' answer; else _files; fi
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then _fmnist "$@"; else compdef _fmnist fmnist; fi
`,
  fish: `# fmnist completion for fish
function __fmnist_completions
    set -l words (commandline -opc) (commandline -ct)
    SHELL=zsh fmnist --get-yargs-completions $words 2>/dev/null | string replace -r '(?<!\\\\\\\\):' \\t
end
complete -c fmnist -a '(__fmnist_completions)'
`,
};
