import { applyPatch } from 'rfc6902';
import type { Json } from '../../src/protocol/json.ts';
import type { PatchOperation } from '../../src/protocol/patch.ts';
import { etagOf, type Version } from '../../src/protocol/version.ts';

/** One step that a reader was told, and what it then held. */
export interface Observation extends Version {
  readonly how: 'state' | 'patch';
  /** The folded state as JSON, if it is kept. */
  readonly text: string;
}

/**
 * What a client carries along from transport to transport: its etag and the state it has folded, with another
 * implementation of RFC 6902 than the server's. What breaks a rule is kept as a fault instead of thrown, since
 * readers take a failed read for a lost connection and try again.
 */
export class Copy {
  /** Whether each observation keeps its text: large states seen often are more than a test can hold. */
  keepsTexts = true;
  readonly faults: string[] = [];
  readonly seen: Observation[] = [];
  readonly #epochs: string[] = [];
  #version: Version | undefined;
  #root: Json = null;

  get version(): Version | undefined {
    return this.#version;
  }

  /** As a validator; undefined before the first read. */
  get etag(): string | undefined {
    return this.#version === undefined ? undefined : etagOf(this.#version);
  }

  /** Null before the first read. */
  get state(): Json {
    return this.#root;
  }

  get text(): string {
    return JSON.stringify(this.#root);
  }

  takeState(version: Version, state: Json): void {
    this.#root = state;
    this.#moveTo(version, 'state');
  }

  /** @param from what the server says the patch begins at */
  takePatch(from: Version, to: Version, operations: readonly PatchOperation[]): void {
    if (etagOf(from) !== this.etag) this.faults.push(`a patch from ${etagOf(from)} was sent to ${this.etag}`);
    if (from.epoch !== to.epoch) this.faults.push(`a patch leads from ${etagOf(from)} to ${etagOf(to)}`);
    // A patch may replace the root, which cannot be done in place: so it is put one level down.
    const box = { root: this.#root };
    const moved = operations.map((each) => ({
      ...each,
      path: `/root${each.path}`,
      ...('from' in each ? { from: `/root${each.from}` } : {}),
    }));
    for (const error of applyPatch(box, moved as Parameters<typeof applyPatch>[1])) {
      if (error !== null) this.faults.push(`the patch to ${etagOf(to)} does not apply: ${error.message}`);
    }
    this.#root = box.root;
    this.#moveTo(to, 'patch');
  }

  #moveTo(version: Version, how: Observation['how']): void {
    const before = this.#version;
    if (before?.epoch === version.epoch) {
      if (version.version <= before.version) this.faults.push(`${etagOf(version)} was told after ${etagOf(before)}`);
    } else if (this.#epochs.includes(version.epoch)) this.faults.push(`epoch ${version.epoch} came back`);
    else this.#epochs.push(version.epoch);
    this.#version = version;
    this.seen.push({ ...version, how, text: this.keepsTexts ? this.text : '' });
  }
}
