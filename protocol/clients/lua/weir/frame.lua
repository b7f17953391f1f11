--- The codec of the native protocol, version 1: frames from and to bytes, no I/O. See protocol/README.md.
--
-- For LuaJIT (and 5.1), whose numbers are doubles, and for 5.3: neither string.pack nor 64-bit integers are used. Ids
-- are strings of 8 bytes, tickets of 24; amounts are numbers below 2^53, or decimal text where they may be larger.

local byte, char, sub, format = string.byte, string.char, string.sub, string.format
local floor, concat = math.floor, table.concat

local frame = {
  MAXIMUM_BYTES = 16384,
  MAXIMUM_VALUE = 8192,
  MAXIMUM_ATTRIBUTES = 32,
  MAXIMUM_ENTRIES = 64,
  -- Operations.
  HELLO = 0x01, CHECK = 0x02, REPORT = 0x03, RELEASE = 0x04, PING = 0x05,
  HELLO_ANSWER = 0x81, CHECK_ANSWER = 0x82, REPORT_ANSWER = 0x83, RELEASE_ANSWER = 0x84, PING_ANSWER = 0x85,
  GOAWAY = 0x86, ERROR = 0xff,
  -- Flags of a check.
  PEEK = 1, NO_WAIT = 2, RESERVE = 4,
  -- The flag of a report that wants no answer.
  QUIET = 1,
  -- The code of an ERROR frame where a frame was larger than the agent takes (WEIR_MAX_FRAME).
  BAD_LENGTH = 1,
  -- What a client can do, for HELLO.
  FEATURE_PEEK = 1, FEATURE_REPORTS = 2, FEATURE_CONCURRENCY = 4, FEATURE_RESERVE = 8,
}

local HEADER_BYTES = 16
local NUMBERS = {
  api_key = 1, ip = 2, method = 3, path = 4, host = 5, user = 6, consumer = 7, plan = 8, product = 9, route = 10,
}
local DECISIONS = { [0] = "allow", "deny", "error" }
local REASONS = {
  [0] = "ok", "rate", "quota", "balance", "concurrency", "key-missing", "key-unknown", "key-revoked", "key-expired",
  "no-plan", "overload", "blocked", "too-large", "unlimited", "exempt", "no-policy",
}
local STATES = { [0] = "local", "shared", "alone", "shadow" }
local UNITS = { [0] = "requests", "content-bytes", "concurrent-requests" }
local NO_TICKET = ("\0"):rep(24)

-- Numbers ---------------------------------------------------------------------------------------------------------

local function write16(n) return char(n % 256, floor(n / 256) % 256) end

local function write32(n)
  return char(n % 256, floor(n / 256) % 256, floor(n / 65536) % 256, floor(n / 16777216) % 256)
end

--- Eight bytes of a decimal text of any length; nil where it is none, or does not fit.
local function write64_text(text)
  if not text:find("^%d+$") then return nil end
  local bytes = { 0, 0, 0, 0, 0, 0, 0, 0 }
  for place = 1, #text do
    local carry = byte(text, place) - 48
    for index = 1, 8 do
      local value = bytes[index] * 10 + carry
      bytes[index] = value % 256
      carry = floor(value / 256)
    end
    if carry > 0 then return nil end
  end
  return char(bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8])
end

--- Eight bytes of a whole number from 0 to 2^53, or of decimal text from 0 to 2^64 - 1; nil of anything else.
local function write64(n)
  if type(n) == "string" then
    if #n > 15 then return write64_text(n) end
    n = tonumber(n)
  end
  if type(n) ~= "number" or not (n >= 0 and n <= 9007199254740992) or n % 1 ~= 0 then return nil end
  return write32(n % 4294967296) .. write32(floor(n / 4294967296))
end

local function read16(bytes, place)
  local a, b = byte(bytes, place, place + 1)
  return a + b * 256
end

local function read32(bytes, place)
  local a, b, c, d = byte(bytes, place, place + 3)
  return a + b * 256 + c * 65536 + d * 16777216
end

--- A number: exact below 2^53, rounded above. (The factor is a float: 5.3 would wrap integers.)
local function read64(bytes, place) return read32(bytes, place) + read32(bytes, place + 4) * 4294967296.0 end

--- Eight bytes at a place as decimal text, exactly.
function frame.decimal(bytes, place)
  place = place or 1
  if byte(bytes, place + 7) == 0 and byte(bytes, place + 6) < 32 then return format("%.0f", read64(bytes, place)) end
  local rest = { byte(bytes, place, place + 7) }
  local digits = {}
  repeat
    local remainder, left = 0, 0
    for index = 8, 1, -1 do
      local value = remainder * 256 + rest[index]
      rest[index] = floor(value / 10)
      remainder = value % 10
      left = left + rest[index]
    end
    digits[#digits + 1] = format("%d", remainder)
  until left == 0
  return concat(digits):reverse()
end

--- The id of a request: eight bytes of a number or of decimal text.
function frame.id(n) return write64(n) end

-- Requests --------------------------------------------------------------------------------------------------------

local function header(length, operation, flags, id)
  return write32(length) .. char(1, operation, flags, 0) .. id
end

-- The parts of a frame in the making; nothing yields while one is made.
local parts = {}

--- The attributes of a check, as they stand in its frame. An empty value is left out, as it counts as missing.
--
-- @param list  a name, its value, the next name, its value, and so on; values are bytes
-- @param count  entries of `list`
-- @return the bytes and how many attributes they are; nil, what is wrong, and whether a value is too long
function frame.attributes(list, count)
  local n, attributes = 0, 0
  for index = 1, count or #list, 2 do
    local name, value = list[index], list[index + 1]
    local bytes = #value
    if bytes > 0 then
      if bytes > frame.MAXIMUM_VALUE then
        return nil, format("attribute %s: expected at most 8192 bytes, found %d", name, bytes), true
      end
      local number = NUMBERS[name]
      if number then
        parts[n + 1] = char(number, 0, bytes % 256, floor(bytes / 256))
        parts[n + 2] = value
        n = n + 2
      else
        if #name < 1 or #name > 63 then
          return nil, format("attribute %q: expected a name of 1 to 63 bytes, found %d", name, #name)
        end
        parts[n + 1] = char(0, #name, bytes % 256, floor(bytes / 256))
        parts[n + 2] = name
        parts[n + 3] = value
        n = n + 3
      end
      attributes = attributes + 1
    end
  end
  if attributes > frame.MAXIMUM_ATTRIBUTES then
    return nil, format("expected at most 32 attributes, found %d", attributes)
  end
  return concat(parts, "", 1, n), attributes
end

--- CHECK: may this request pass?
--
-- @param attributes, count  what `frame.attributes` gave
-- @param cost  units, 0 to 2^32 - 1
-- @param flags  the sum of `PEEK`, `NO_WAIT` and `RESERVE`; nil for none
-- @return the frame; nil, what is wrong, and whether it is too long
function frame.check(id, attributes, count, cost, flags)
  local length = HEADER_BYTES + 8 + #attributes
  if length > frame.MAXIMUM_BYTES then
    return nil, format("expected at most 16384 bytes in a frame, found %d", length), true
  end
  if type(cost) ~= "number" or not (cost >= 0 and cost < 4294967296) or cost % 1 ~= 0 then
    return nil, format("cost: expected a whole number from 0 to 4294967295, found %s", tostring(cost))
  end
  return header(length, frame.CHECK, flags or 0, id) .. write32(cost) .. write16(count) .. "\0\0" .. attributes
end

--- An entry of a report.
--
-- @param ticket  of an allowed check
-- @param status  the response's, 100 to 599
-- @param bytes_in, bytes_out  below 2^62: numbers, or decimal text
-- @param cost  the actual cost in units, below 2^62; nil where what was reserved was used
-- @return 56 bytes; nil and what is wrong
function frame.entry(ticket, status, bytes_in, bytes_out, cost)
  if #ticket ~= 24 then return nil, format("ticket: expected 24 bytes, found %d", #ticket) end
  if not (status >= 100 and status <= 599) then
    return nil, format("status: expected 100 to 599, found %s", tostring(status))
  end
  local received, sent, actual = write64(bytes_in), write64(bytes_out), write64(cost or 0)
  if not received or byte(received, 8) > 63 then return nil, "bytes in: expected a whole number below 2^62" end
  if not sent or byte(sent, 8) > 63 then return nil, "bytes out: expected a whole number below 2^62" end
  if not actual or byte(actual, 8) > 63 then return nil, "cost: expected a whole number below 2^62" end
  return ticket .. write16(status) .. (cost and "\1\0" or "\0\0") .. "\0\0\0\0" .. received .. sent .. actual
end

local function counted(operation, flags, id, entries, what)
  local count = #entries
  if count < 1 or count > frame.MAXIMUM_ENTRIES then
    return nil, format("expected 1 to 64 %s, found %d", what, count)
  end
  local body = concat(entries)
  return header(HEADER_BYTES + 8 + #body, operation, flags or 0, id) .. write16(count) .. "\0\0\0\0\0\0" .. body
end

--- REPORT of 1 to 64 entries that `frame.entry` made; `flags` may be `QUIET`.
function frame.report(id, entries, flags) return counted(frame.REPORT, flags, id, entries, "reports") end

--- RELEASE of 1 to 64 tickets.
function frame.release(id, tickets)
  for index = 1, #tickets do
    if #tickets[index] ~= 24 then return nil, format("ticket: expected 24 bytes, found %d", #tickets[index]) end
  end
  return counted(frame.RELEASE, 0, id, tickets, "tickets")
end

function frame.ping(id) return header(HEADER_BYTES, frame.PING, 0, id) end

--- HELLO: the client's name and version, such as `lua/1.0`, at most 64 bytes; the sum of its features.
function frame.hello(id, name, features, version)
  version = version or 1
  if #name > 64 then return nil, format("client name: expected at most 64 bytes, found %d", #name) end
  if version < 1 then return nil, "client version: expected 1 or more" end
  return header(HEADER_BYTES + 8 + #name, frame.HELLO, 0, id)
    .. write16(version) .. char(#name) .. "\0" .. write32(features) .. name
end

-- Answers ---------------------------------------------------------------------------------------------------------

--- Reads the header at the start of `bytes`. A wrong length or version is told from the first bytes.
--
-- @return the frame's length, its operation and its id; nil where more bytes are needed; nil and what is wrong
function frame.header(bytes)
  local count = #bytes
  if count < 4 then return nil end
  local length = read32(bytes, 1)
  if length < HEADER_BYTES or length > frame.MAXIMUM_BYTES then return nil, "bad_length field=length offset=0" end
  if count < 5 then return nil end
  local version, operation, _, flags = byte(bytes, 5, 8)
  if version ~= 1 then return nil, "bad_version field=version offset=4" end
  if count < HEADER_BYTES then return nil end
  if flags ~= 0 then return nil, "bad_value field=flags offset=6" end
  return length, operation, sub(bytes, 9, 16)
end

--- Takes the first frame off a stream, for clients that gather bytes themselves.
--
-- @return the operation, the id, the payload and the bytes after the frame; nil where more bytes are needed; nil and
--   what is wrong
function frame.take(bytes)
  local length, operation, id = frame.header(bytes)
  if not length then return nil, operation end
  if #bytes < length then return nil end
  return operation, id, sub(bytes, HEADER_BYTES + 1, length), sub(bytes, length + 1)
end

local function truncated(field, payload)
  return nil, format("truncated field=%s offset=%d", field, HEADER_BYTES + #payload)
end

--- Reads the payload of a CHECK's answer. Numbers that this version does not know become `error`, `other`, `unknown`.
--
-- @return decision, reason, state and unit by name; `status`; `limit` and `remaining` in tokens; `window` in seconds; `reset`
--   and `retry_after` in microseconds, `math.huge` for never; `ticket`, nil for none; `rule` and `consumer`, empty for
--   none. Or nil and what is wrong.
function frame.answer(payload)
  if #payload < 72 then return truncated("answer", payload) end
  local decision, reason, status, more, state, rule_bytes, consumer_bytes, unit = byte(payload, 1, 8)
  if #payload < 72 + rule_bytes + consumer_bytes then return nil, "truncated field=rule offset=88" end
  local low, high = read32(payload, 41), read32(payload, 45)
  local never = low == 4294967295 and high == 4294967295
  local ticket = sub(payload, 49, 72)
  return {
    decision = DECISIONS[decision] or "error",
    reason = REASONS[reason] or "other",
    status = status + more * 256,
    state = STATES[state] or "unknown",
    unit = UNITS[unit] or "other",
    limit = read64(payload, 9),
    remaining = read64(payload, 17),
    window = read32(payload, 25),
    reset = read64(payload, 33),
    retry_after = never and math.huge or low + high * 4294967296.0,
    ticket = ticket ~= NO_TICKET and ticket or nil,
    rule = sub(payload, 73, 72 + rule_bytes),
    consumer = sub(payload, 73 + rule_bytes, 72 + rule_bytes + consumer_bytes),
  }
end

--- What became of a report's entries: `accepted`, `repeated`, `late` and `unknown`.
function frame.report_answer(payload)
  if #payload < 8 then return truncated("answer", payload) end
  return {
    accepted = read16(payload, 1), repeated = read16(payload, 3), late = read16(payload, 5),
    unknown = read16(payload, 7),
  }
end

--- What became of a RELEASE's tickets: `released` and `unknown`.
function frame.release_answer(payload)
  if #payload < 8 then return truncated("answer", payload) end
  return { released = read16(payload, 1), unknown = read16(payload, 3) }
end

--- What the agent takes: `version`, `attributes`, `features`, `frame` in bytes, `in_flight`; its `incarnation` (16
-- bytes: another one means that tickets of before are void) and its name, `agent`.
function frame.hello_answer(payload)
  if #payload < 36 then return truncated("answer", payload) end
  local name_bytes = byte(payload, 33)
  if #payload < 36 + name_bytes then return nil, "truncated field=agent name offset=52" end
  return {
    version = read16(payload, 1), attributes = read16(payload, 3), features = read32(payload, 5),
    frame = read32(payload, 9), in_flight = read32(payload, 13), incarnation = sub(payload, 17, 32),
    agent = sub(payload, 37, 36 + name_bytes),
  }
end

--- `reason` and `grace` in milliseconds.
function frame.goaway(payload)
  if #payload < 8 then return truncated("reason", payload) end
  return { reason = read16(payload, 1), grace = read32(payload, 5) }
end

--- `code`, the `offset` of the field at fault, and the `message` for people.
function frame.error(payload)
  if #payload < 8 then return truncated("code", payload) end
  local message_bytes = read16(payload, 5)
  if #payload < 8 + message_bytes then return nil, "truncated field=message offset=24" end
  return { code = read16(payload, 1), offset = read16(payload, 3), message = sub(payload, 9, 8 + message_bytes) }
end

return frame
