/** Where backups are stored: an R2 bucket or a folder. Keys are paths of segments without `/` in them. */
export interface BackupStore {
  /** Stores a stream with the memory of a part. It may be there in part after a failure: only a manifest makes it count. */
  write(key: string, content: ReadableStream<Uint8Array>): Promise<void>;
  /** Undefined when there is nothing. */
  read(key: string): Promise<ReadableStream<Uint8Array> | undefined>;
  /** Removes the objects or files of these keys. A key that has none is no error. */
  remove(keys: readonly string[]): Promise<void>;
}
