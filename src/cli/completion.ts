import type { Command as Program } from 'commander';
import { invalid } from '../model/error.ts';
import { shown } from '../model/text.ts';

/** A command with its options, as a completion script needs it. */
type Node = { readonly path: string; readonly words: readonly string[]; readonly summary: string };

const nodesOf = (program: Program, path = ''): Node[] => {
  const names = program.commands.map((command) => command.name());
  const options = program.options.map((option) => option.long ?? '').filter(Boolean);
  const node = { path, words: [...names, ...options, '--help'], summary: program.description() };
  return [
    node,
    ...program.commands.flatMap((command) => nodesOf(command, `${path} ${command.name()}`.trim())),
  ];
};

/** A script for bash, zsh or fish: words only, nothing is run while completing. */
export const completion = (shell: string, program: Program): string => {
  const nodes = nodesOf(program);
  const globals = program.options.map((option) => option.long ?? '').filter(Boolean);
  if (shell === 'bash') return bash(nodes, globals);
  if (shell === 'zsh')
    return `#compdef concord git-concord\nautoload -U +X bashcompinit && bashcompinit\n${bash(nodes, globals)}`;
  if (shell === 'fish') return fish(nodes);
  throw invalid('shell', 'bash, zsh or fish', shown(shell));
};

const bash = (nodes: readonly Node[], globals: readonly string[]): string => {
  const cases = nodes.map(
    ({ path, words }) =>
      `    "${path}") words="${[...new Set([...words, ...(path === '' ? [] : globals)])].join(' ')}" ;;`,
  );
  // What is no command is an argument, or the value of an option.
  const paths = nodes.flatMap(({ path }) => (path === '' ? [] : [`"${path}"`])).join(' | ');
  return `# Completion for concord. Put it into ~/.bashrc: eval "$(concord completion bash)"
_concord() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ "$word" == -* ]] && continue
    case "\${path:+$path }$word" in
      ${paths}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
    *) words="${globals.join(' ')}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _concord concord git-concord
`;
};

const fish = (nodes: readonly Node[]): string =>
  nodes
    .flatMap(({ path, words }) => {
      const seen =
        path === ''
          ? '__fish_use_subcommand'
          : path
              .split(' ')
              .map((word) => `__fish_seen_subcommand_from ${word}`)
              .join('; and ');
      return words.map((word) =>
        word.startsWith('--')
          ? `complete -c concord -n '${seen}' -l ${word.slice(2)}`
          : `complete -c concord -n '${seen}' -f -a ${word}`,
      );
    })
    .join('\n')
    .concat('\n');
