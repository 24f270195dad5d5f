/** A promise that is settled from outside: `Promise.withResolvers` is missing in Node 20 and in browsers of 2023. */
export class Deferred<Value> {
  resolve: (value: Value) => void = () => undefined;
  reject: (reason: unknown) => void = () => undefined;
  readonly promise = new Promise<Value>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}
