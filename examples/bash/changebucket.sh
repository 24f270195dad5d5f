# A Changebucket client for bash, with curl and jq: source it, and set
#   CB_URL     https://…/v1/apps/{owner}/{app}
#   CB_CLIENT  an id of this script alone
#   CB_DIR     a folder that keeps what a restart needs
#   CB_TOKEN   a token, where the server wants one
# It polls whole states: a 304 when nothing is new, and no patches, which jq does not apply.

# cb_push NAME ARGS: pushes a change, exactly once, and prints its receipt. ARGS is JSON.
cb_push() {
  cb_resume > /dev/null || return
  _cb_keep --arg name "$1" --argjson args "$2" --arg nonce "$RANDOM$RANDOM$RANDOM" '.pending = {$name, $args, $nonce}' &&
    cb_resume
}

# cb_resume: sends the change that an earlier run may have left, under the n that it had.
cb_resume() {
  jq -e '.pending // empty' "$CB_DIR/kept" > "$CB_DIR/change" 2> /dev/null || return 0
  _cb_send PUT "/changes/$CB_CLIENT/$(jq .n "$CB_DIR/kept")" --data-binary "@$CB_DIR/change"
  if [ "$_cb_status" -lt 300 ]; then
    _cb_keep '.n += 1 | .pending = null' && cat "$CB_DIR/body"
  else
    # After a 401 it is sent again, with another token: it may have been accepted before, so its n is not free.
    [ "$_cb_status" = 401 ] || _cb_keep '.pending = null'
    cat "$CB_DIR/body" >&2
    return 1
  fi
}

# cb_poll [SECONDS]: prints the newest state; waits this long for a newer one than the last call has printed.
cb_poll() {
  local etag
  etag=$(cat "$CB_DIR/etag" 2> /dev/null)
  _cb_send GET /state -H "If-None-Match: ${etag:-\"none\"}" -H "Prefer: wait=${1:-0}"
  if [ "$_cb_status" = 200 ]; then
    # Without the etag the state is only asked for again; the etag of another state would hide what is new.
    rm -f "$CB_DIR/etag"
    mv "$CB_DIR/body" "$CB_DIR/state" && _cb_header etag > "$CB_DIR/etag.new" && mv "$CB_DIR/etag.new" "$CB_DIR/etag"
  elif [ "$_cb_status" != 304 ]; then
    cat "$CB_DIR/body" >&2
    return 1
  fi
  cat "$CB_DIR/state"
}

# Sends until there is a whole answer that is no passing trouble; leaves $_cb_status, $CB_DIR/body and $CB_DIR/headers.
_cb_send() {
  local method=$1 path=$2 attempt=0 pause
  shift 2
  until _cb_status=$(curl -s --max-time 40 -X "$method" "$CB_URL$path" -H 'Content-Type: application/json' \
    ${CB_TOKEN:+-H "Authorization: Bearer $CB_TOKEN"} -D "$CB_DIR/headers" -o "$CB_DIR/body" -w '%{http_code}' "$@") &&
    [[ $_cb_status != 5?? && $_cb_status != 408 && $_cb_status != 429 ]]; do
    pause=$([ "$_cb_status" = 000 ] || _cb_header retry-after)
    attempt=$((attempt < 8 ? attempt + 1 : 8))
    sleep "${pause:-$((RANDOM % (1 << attempt) / 8)).$((RANDOM % 9 + 1))}"
  done
}

# The value of a header of the last answer.
_cb_header() { tr -d '\r' < "$CB_DIR/headers" | sed -n "s/^$1: *//Ip"; }

# Changes what a restart needs, all at once.
_cb_keep() {
  [ -f "$CB_DIR/kept" ] || echo '{"n":1,"pending":null}' > "$CB_DIR/kept"
  jq -c "$@" "$CB_DIR/kept" > "$CB_DIR/kept.new" && mv "$CB_DIR/kept.new" "$CB_DIR/kept"
}
