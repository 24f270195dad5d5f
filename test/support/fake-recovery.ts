// A platform with point-in-time recovery, for the objects of a test: a moment is a copy of all tables, in memory.

interface Moment {
  readonly at: number;
  readonly tables: readonly { readonly name: string; readonly sql: string; readonly rows: readonly unknown[][] }[];
  readonly indexes: readonly string[];
  readonly values: readonly (readonly [string, unknown])[];
}

/** What the platform knows of one object. */
interface Platform {
  readonly moments: Map<string, Moment>;
  /** The bookmark with which the next session begins. */
  next?: string | undefined;
  /** Where the object ends while it asks for the next session. */
  death?: 'before' | 'after' | undefined;
  /** Whether it hears of the next session, and fails to say so. */
  isUnheard?: boolean;
}

const platforms = new Map<string, Platform>();

/** @param path of an application */
export const platformOf = (path: string): Platform => {
  const name = path.replace('/v1/apps/', '');
  const platform = platforms.get(name) ?? { moments: new Map() };
  platforms.set(name, platform);
  return platform;
};

/** Gives an object the platform's three methods, and goes back if the session before has asked for it. */
export const installRecovery = (ctx: DurableObjectState): void => {
  const { storage } = ctx;
  const platform = platformOf(ctx.id.name ?? '');
  const begun = platform.next === undefined ? undefined : platform.moments.get(platform.next);
  platform.next = undefined;
  if (begun !== undefined) goBack(storage, begun);
  const methods = {
    getBookmarkForTime: async (time: number | Date): Promise<string> => {
      const found = [...platform.moments].findLast(([, { at }]) => at <= Number(time));
      return found?.[0] ?? 'none';
    },
    onNextSessionRestoreBookmark: async (bookmark: string): Promise<string> => {
      if (!platform.moments.has(bookmark)) throw new Error('no such bookmark');
      if (platform.death === 'before') die(ctx, platform);
      platform.next = bookmark;
      const undo = keep(platform, storage, Date.now());
      if (platform.death === 'after') die(ctx, platform);
      if (platform.isUnheard === true) throw new Error('injected: the connection was lost');
      return undo;
    },
  };
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(storage, name, { value });
};

const die = (ctx: DurableObjectState, platform: Platform): void => {
  platform.death = undefined;
  ctx.abort('killed by a test');
};

const OWN = "name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql IS NOT NULL";

/** Takes a moment to which the platform can go back. @returns its bookmark */
export const keep = (platform: Platform, { sql, kv }: DurableObjectStorage, at: number): string => {
  const made = <Type extends string>(type: Type) =>
    sql.exec<{ name: string; sql: string }>(`SELECT name, sql FROM sqlite_master WHERE type = '${type}' AND ${OWN}`);
  const tables = made('table')
    .toArray()
    .map((each) => ({ ...each, rows: [...sql.exec(`SELECT * FROM "${each.name}"`).raw()] }));
  const indexes = made('index')
    .toArray()
    .map((each) => each.sql);
  const bookmark = `moment-${platform.moments.size}`;
  platform.moments.set(bookmark, { at, tables, indexes, values: structuredClone([...kv.list()]) });
  return bookmark;
};

const goBack = (storage: DurableObjectStorage, { tables, indexes, values }: Moment): void => {
  const { sql, kv } = storage;
  storage.transactionSync(() => {
    const present = sql.exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' AND ${OWN}`);
    for (const { name } of present.toArray()) sql.exec(`DROP TABLE "${name}"`);
    for (const { name, sql: statement, rows } of tables) {
      sql.exec(statement);
      for (const row of rows)
        sql.exec(`INSERT INTO "${name}" VALUES (${row.map(() => '?').join(', ')})`, ...(row as SqlStorageValue[]));
    }
    for (const statement of indexes) sql.exec(statement);
    for (const [key] of [...kv.list()]) kv.delete(key);
    for (const [key, value] of values) kv.put(key, structuredClone(value));
  });
  // The alarm of a later time is not there.
  void storage.deleteAlarm();
};
