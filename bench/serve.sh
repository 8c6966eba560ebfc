#!/usr/bin/env bash
# Measures `kangji serve` beside its callers: balances, uploads, orders with stock, deductions at a
# partner shop, a stream of rows.
#   bench/serve.sh KANGJI [DATABASE] [SECONDS]
# KANGJI is the program; DATABASE a new file (the default) or postgres://… of an empty database;
# SECONDS for how long balances are read (10), and a third of it records are sent.
# It needs curl, jq and wrk.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kangji=$(realpath "$1")
work=$(mktemp -d)
database=${2:-$work/kangji.db}
seconds=${3:-10}
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$work"' EXIT
cd "$work"

# A generated town with a year of records, scored and posted, and a server.
export KANGJI_DATABASE=$database KANGJI_DATA_DATABASE=$database
export KANGJI_SERVER_LISTEN=127.0.0.1:18080 KANGJI_SERVER_OPERATIONS=127.0.0.1:19464
export KANGJI_SIGN_IN_SECOND_FACTOR=false KANGJI_DATA_CHECKPOINT_KEY=key.pem
api=http://127.0.0.1:18080/api/v1
{
    "$kangji" init --key key.pem --scheme "$here/../schemes/panzhihua-xiqu.md"
    "$kangji" generate --people 5000 town
    "$kangji" import --tables town --skip-refused
} >log
"$kangji" serve >out 2>requests.log &
server=$!
until curl -sf http://127.0.0.1:19464/-/ready; do sleep 0.2; done

# WHO METHOD PATH BODY: a write of somebody who signed in.
write() {
    curl -sf -b "$1.jar" -X "$2" "$api$3" -H 'content-type: application/json' -d "$4" \
        -H "x-csrf-token: $(cat "$1.csrf")" -H "idempotency-key: $(cat /proc/sys/kernel/random/uuid)"
}
# WHO LINK: accepts an invitation and signs in.
enter() {
    local password=violet-Kettle-91-tree
    : >"$1.jar" >"$1.csrf"
    write "$1" POST /invitations/accept "{\"token\":\"${2#*#}\",\"password\":\"$password\"}"
    curl -sf -c "$1.jar" "$api/sign-in" -H 'content-type: application/json' \
        -d "{\"name\":\"$1\",\"password\":\"$password\"}" | jq -r .csrf >"$1.csrf"
}
# NAME ROLE: somebody of that role for the whole district, signed in.
employ() {
    local user
    user=$(write admin POST /users "{\"name\":\"$1\",\"worker\":\"\"}")
    write admin PUT "/users/$(jq -r .id <<<"$user")/grants" "[{\"role\":\"$2\",\"area\":\"510403\"}]" >log
    enter "$1" "$(jq -r .link <<<"$user")"
}
enter admin "$(sed 's/.*：//' out)"
employ nurse nurse
for _ in 1 2 3 4 5 6 7 8 9 10; do
    curl -sf -b nurse.jar "$api/residents?limit=200&after=${after:-00000000-0000-0000-0000-000000000000}" >page
    jq -r '.items[].id' page >>ids
    after=$(jq -r .next page)
done
cookie() { printf '%s' "kangji=$(awk '$6 == "kangji" { print $7 }' "$1.jar")"; }
cookie nurse >cookie

# A clinic with very much of something that costs one point.
employ officer officer
employ second officer
employ clerk clerk
write officer PUT /institutions/bench '{"name":"bench","level":"institution","area":"510403"}' >log
content='[[item]]\nid = \"thing\"\nname = \"thing\"\npoints = 1\n'
catalogue=$(write officer POST /catalogues \
    "{\"scheme\":\"panzhihua-xiqu\",\"first_day\":\"2026-01-01\",\"content\":\"$content\"}" | jq -r .id)
write second POST "/catalogues/$catalogue/review" '{"document":"1"}' >log
write second POST "/catalogues/$catalogue/filing" '{"document":"1"}' >log
write clerk POST /institutions/bench/stock/receipts \
    '{"good":"thing","supplier":"bench","lot":"1","certificate":"1","pieces":1000000,"piece_fen":100,"source":"subsidy"}' >log
cookie clerk >clerk.cookie
printf '%s' "$catalogue" >catalogue
# Those who can pay for many.
sed "s|.*|url = $api/residents/&/accounts|" ids >urls
paste -d' ' ids <(curl -sf -b nurse.jar -K urls | jq -c '[.items[].redeemable] | max // 0') |
    awk '$2 >= 50 { print $1 }' >rich

# A shop where 20 points take a yuan off, and people with a card and points of their own.
employ cashier cashier
cookie cashier >cashier.cookie
write officer PUT /institutions/bench-shop '{"name":"bench","level":"shop","area":"510403"}' >log
agreement=$(write officer POST /agreements '{"shop":"bench-shop","scheme":"panzhihua-xiqu",
    "first_day":"2026-01-01","points_per_yuan":20,"share":30,"bears":"shop"}' | jq -r .id)
write second POST "/agreements/$agreement/publication" '{"document":"1"}' >log
awk 'BEGIN {
    split("7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2", weight, " ")
    for (one = 1; one <= 200; one++) {
        body = sprintf("51998019600203%03d", one); sum = 0
        for (place = 1; place <= 17; place++) sum += weight[place] * substr(body, place, 1)
        print body substr("10X98765432", sum % 11 + 1, 1)
    }
}' >cards
community=$(curl -sf -b nurse.jar "$api/residents?limit=1" | jq -r '.items[0].communities[0].value')
while read -r number card; do
    write nurse POST /residents "{\"name\":\"测试甲\",\"code\":\"bench-$number\",
        \"document\":{\"kind\":\"resident-card\",\"number\":\"$card\"},
        \"communities\":[{\"value\":\"$community\",\"from\":\"2020-01-01\"}]}" >log
done < <(awk '{ print NR, $1 }' cards)
# Two lectures of five points in each of nine months.
awk '{ for (time = 0; time < 18; time++)
    printf "{\"code\":\"d%d-%d\",\"resident\":\"bench-%d\",\"kind\":\"lecture.attended\",\"date\":\"2026-%02d-%02d\",\"org\":\"bench\"}\n",
        NR, time, NR, time % 9 + 1, time + 1 }' cards >lectures
curl -sf -b nurse.jar "$api/records/stream" -H 'content-type: application/x-ndjson' \
    -H "x-csrf-token: $(cat nurse.csrf)" -T lectures -X POST >log

cat >calls.lua <<'LUA'
local function text(name) local file = io.open(name); local all = file:read("*a"):gsub("%s+$", ""); file:close(); return all end
local headers = { cookie = text("cookie") }
local ids, number, call = {}, 0, os.getenv("CALL")
local people = { order = "rich", deduct = "cards" }
for id in io.lines(people[call] or "ids") do ids[#ids + 1] = id end
headers["content-type"] = "application/json"
headers["x-csrf-token"] = text("nurse.csrf")
local wish = '{"person":"%s","hand_over":false,"wish":{"catalogue":"' .. text("catalogue")
    .. '","item":"thing","institution":"bench"}}'
if call == "order" then
    headers.cookie, headers["x-csrf-token"] = text("clerk.cookie"), text("clerk.csrf")
end
if call == "deduct" then
    headers.cookie, headers["x-csrf-token"] = text("cashier.cookie"), text("cashier.csrf")
    -- As many as come in a second: each caller waits before the next bill.
    function delay() return 40 end
end
function request()
    local id = ids[math.random(#ids)]
    if call == "read" then
        return wrk.format("GET", "/api/v1/residents/" .. id .. "/accounts", headers)
    end
    number = number + 1
    local code = call .. number
    headers["idempotency-key"] = code
    if call == "order" then
        return wrk.format("POST", "/api/v1/orders", headers, wish:format(id))
    end
    if call == "deduct" then
        return wrk.format("POST", "/api/v1/deductions", headers, string.format(
            '{"shop":"bench-shop","receipt":"%s","bill_fen":10000,"points":1,"document":{"kind":"resident-card","number":"%s"}}',
            code, id))
    end
    return wrk.format("POST", "/api/v1/records", headers, string.format(
        '{"code":"%s","resident":"%s","kind":"lecture.attended","date":"2026-%02d-%02d","org":"bench"}',
        code, id, math.random(10), math.random(28)))
end
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("%8.0f/s  p50 %.0f ms  p99 %.0f ms  not answered well: %d",
        summary.requests * 1e6 / summary.duration, latency:percentile(50) / 1e3,
        latency:percentile(99) / 1e3,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
LUA
# Processor time of the server so far in hundredths of a second, and its memory.
spent() { awk '{ print $14 + $15 }' "/proc/$server/stat"; }
memory() { awk '/VmRSS/ { printf "%d MiB", $2 / 1024 }' "/proc/$server/status"; }
# NAME CALL CALLERS SECONDS
measure() {
    local before=$(spent)
    CALL=$2 wrk -t1 -c"$3" -d"$4s" -s calls.lua http://127.0.0.1:18080 >full
    echo "$1: $(tail -1 full)  $((($(spent) - before) * 10000 / $(awk '/requests in/ { print $1 }' full))) µs of processor time each"
}
echo "memory at the begin: $(memory)"
measure 'balances, 200 callers' read 200 "$seconds"
echo "memory after them: $(memory)"
measure 'records, 64 callers' a 64 $((seconds / 3))
measure 'records, 200 callers' b 200 $((seconds / 3))
measure 'orders with stock, 64 callers' order 64 $((seconds / 3))
measure 'deductions, 22 callers who wait 40 ms' deduct 22 $((seconds / 3))
awk '{ printf "{\"code\":\"s%d\",\"resident\":\"%s\",\"kind\":\"lecture.attended\",\"date\":\"2026-%02d-%02d\",\"org\":\"bench\"}\n", NR, $1, NR % 10 + 1, NR % 28 + 1 }' \
    ids ids ids ids ids >rows
start=$(date +%s%N)
curl -sf -b nurse.jar "$api/records/stream" -H 'content-type: application/x-ndjson' \
    -H "x-csrf-token: $(cat nurse.csrf)" -T rows -X POST >answers
took=$(($(date +%s%N) - start))
echo "stream: $(($(wc -l <rows) * 1000000000 / took)) rows/s, refused: $(jq -c 'select(.problem)' answers | wc -l)"
echo "memory at the end: $(memory)"
