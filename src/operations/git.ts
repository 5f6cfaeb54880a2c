/** Git for a front end that looks after work trees: fixed arguments, never a shell, and nothing of an inherited GIT_*. */
export { git, tryGit } from '../store/git.ts';
