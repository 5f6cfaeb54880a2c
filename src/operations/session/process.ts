/** Processes known by number and birth, so that a number used again is another one: for front ends that start some. */
export { isDead, processMark } from '../../store/lock-owner.ts';
