/** A random mark, a safe integer from 1 on: who returns it has received it [W11]. */
export const randomMark = (): number => {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high % HIGH_VALUES) * 2 ** 32 + low + 1;
};

/** With 20 high bits and 32 low ones a mark stays below 2^53. */
const HIGH_VALUES = 2 ** 20;
