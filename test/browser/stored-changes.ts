/** Number of the changes that the clients of a page have stored. Runs in the page. */
export const countStoredChanges = async (): Promise<number> => {
  const resultOf = <Result>(request: IDBRequest<Result>) =>
    new Promise<Result>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  let count = 0;
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await resultOf(indexedDB.open(name));
    count += await resultOf(database.transaction('changes').objectStore('changes').count());
    database.close();
  }
  return count;
};
