"""A Changebucket client, standard library only: push with retry, poll with patches, resume after a restart."""
import functools, http.client, itertools, json, os, random, secrets, time, urllib.parse

class Refused(Exception): """A no: args[0] is the problem (RFC 9457). It is final, but for a 401."""
class Changebucket:
    """url: https://…/v1/apps/{owner}/{app}; client: an id of this program alone; file: keeps what a restart needs."""
    def __init__(self, url, client, file, token=None):
        (scheme, host, self.path, *_), self.client, self.file = urllib.parse.urlsplit(url), client, file
        self.connect = functools.partial(getattr(http.client, f"{scheme.upper()}Connection"), host, timeout=40)
        self.headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        self.kept = json.load(open(file)) if os.path.exists(file) else dict(n=1, pending=None, etag=None, state=None)

    def push(self, name, args):
        """Pushes a change, exactly once, and returns its receipt: {"client", "n", "seq", ...}."""
        self.resume()
        self._keep(pending={"name": name, "args": args, "nonce": secrets.token_hex(8)})
        return self.resume()

    def resume(self):
        if not self.kept["pending"]: return None  # what an earlier run may have left is sent under the n that it had
        status, _, answer = self._send("PUT", f"/changes/{self.client}/{self.kept['n']}", self.kept["pending"])
        if status != 401: self._keep(pending=None, n=self.kept["n"] + (status < 300))  # 401: it waits for another token
        if status >= 300: raise Refused(answer)
        return answer

    def poll(self, wait=0):
        """Returns the newest state. Costs a 304 when nothing is new (after `wait` seconds), and a patch otherwise."""
        known = {"If-None-Match": self.kept["etag"] or '"none"', "A-IM": "json-patch", "Prefer": f"wait={wait}"}
        status, headers, body = self._send("GET", "/state", headers=known)
        if status >= 400: raise Refused(body)
        if status == 226: body = patched(self.kept["state"], body)
        if status != 304: self._keep(etag=headers["ETag"], state=body)
        return self.kept["state"]

    def _send(self, method, path, body=None, headers={}):
        for attempt in itertools.count():
            try:
                connection, data = self.connect(), body and json.dumps(body)
                connection.request(method, self.path + path, data, {**self.headers, **headers})
                text = (answer := connection.getresponse()).read()
                if answer.status < 500 and answer.status not in (408, 429):
                    return answer.status, answer.headers, text and json.loads(text)
            except (OSError, http.client.HTTPException): answer = None  # or no whole answer: the outcome is unknown
            time.sleep(float(answer and answer.headers["Retry-After"] or random.uniform(0.1, 0.2) * 2 ** min(attempt, 8)))

    def _keep(self, **changed):
        self.kept |= changed
        with open(self.file + ".new", "w") as file: json.dump(self.kept, file)
        os.replace(self.file + ".new", self.file)

def patched(state, patch):  # a patch of the server has only add, replace and remove
    root = {"": state}
    for operation in patch:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")]
        parent = functools.reduce(lambda value, key: value[int(key) if isinstance(value, list) else key], way, root)
        place = slice(int(last), int(last) + (operation["op"] != "add")) if (is_list := isinstance(parent, list)) else last
        if operation["op"] == "remove": del parent[place]
        else: parent[place] = [operation["value"]] if is_list else operation["value"]
    return root[""]
