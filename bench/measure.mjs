// Times and what is made of them. Samples are milliseconds.

export const now = () => performance.now();

export const percentile = (samples, share) => {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
};

export const median = (samples) => percentile(samples, 0.5);

export const timed = async (body) => {
  const start = now();
  await body();
  return now() - start;
};

/**
 * Runs variants by turns, so that all of them meet the same moods of the machine: in each round every variant gets a block of calls, and
 * each round begins with another variant. `after` runs after a block and is not timed.
 */
export const interleave = async (variants, rounds) => {
  const samples = new Map(variants.map(({ name }) => [name, []]));
  const counts = new Map(variants.map(({ name }) => [name, 0]));
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < variants.length; turn += 1) {
      const {
        name,
        run,
        block = 10,
        every = 1,
        after,
      } = variants[(turn + round) % variants.length];
      if (round % every !== 0) continue;
      for (let call = 0; call < block; call += 1) {
        const count = counts.get(name);
        counts.set(name, count + 1);
        samples.get(name).push(await timed(() => run(count)));
      }
      await after?.();
    }
  }
  return samples;
};

export const ms = (value) =>
  value < 10
    ? `${value.toFixed(2)} ms`
    : value < 100
      ? `${value.toFixed(1)} ms`
      : `${Math.round(value).toLocaleString('en')} ms`;

export const spread = (samples) =>
  `p50 ${ms(median(samples))}, p99 ${ms(percentile(samples, 0.99))} (n=${samples.length})`;

export const times = (ratio) => `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)} x`;

/** A row of the table without a goal. */
export const fact = (what, result) => ({ what, result });

/** A row with a goal that a value has to stay under, or (`least`) reach. `unit` says how the value is shown. */
export const judged = (what, result, { value, most, least, of = '', show = times }) => ({
  what,
  result,
  goal: `${most === undefined ? '>=' : '<='} ${show(most ?? least).replace(/\.00 x$/, ' x')}${of && ` ${of}`}`,
  value: show(value),
  meets: most === undefined ? value >= least : value <= most,
});
