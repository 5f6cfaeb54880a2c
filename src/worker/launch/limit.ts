/** One argument holds at most 128 KiB on Linux: a longer prompt goes to standard input. */
export const promptLimit = 100_000;
