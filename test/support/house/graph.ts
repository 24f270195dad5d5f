/** What points to what: each name with the names that it points to. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The strongly connected components of a graph (Tarjan): names that all reach each other. A component comes after all
 * those that it points to. A name in no cycle is a component of its own.
 */
const components = (graph: Graph): string[][] => {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];

  const visit = (name: string): void => {
    const index = order.size;
    order.set(name, index);
    lowest.set(name, index);
    stack.push(name);
    for (const next of graph.get(name) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(name, Math.min(lowest.get(name) ?? 0, lowest.get(next) ?? 0));
    }
    if (lowest.get(name) === index) found.push(stack.splice(stack.indexOf(name)));
  };

  for (const name of graph.keys()) if (!order.has(name)) visit(name);
  return found;
};

/** The components of two names or more, each in the order of the alphabet. */
export const cyclesOf = (graph: Graph): string[][] =>
  components(graph)
    .filter(({ length }) => length > 1)
    .map((names) => names.sort());

/** The number of names on the longest way along the arrows. All names of a cycle count: it must not look flat. */
export const levelsOf = (graph: Graph): number => {
  const levels = new Map<string, number>();
  for (const component of components(graph)) {
    const below = component.flatMap((name) => [...(graph.get(name) ?? [])]).map((next) => levels.get(next) ?? 0);
    for (const name of component) levels.set(name, component.length + Math.max(0, ...below));
  }
  return Math.max(0, ...levels.values());
};

export const arrowsOf = (graph: Graph): number => [...graph.values()].reduce((sum, { size }) => sum + size, 0);
