/** A client starts hooks many times a minute, and waits for each: they are loaded without all that the commands need. */
const start = async (argv: readonly string[]): Promise<void> => {
  if (argv[0] === 'hook' && !argv.includes('--help') && !argv.includes('-h')) {
    const { hook } = await import('../hook/main.ts');
    await hook(argv.slice(1));
  } else {
    const { main } = await import('./start.ts');
    await main(argv);
  }
};

void start(process.argv.slice(2));
