--- The codec against the vectors that every client shares, protocol/vectors/frames.txt: what a client reads, whole, cut
-- in two at every byte and byte by byte; and what it writes, rebuilt from its meaning.

local frame = require "weir.frame"
local check = require "tests.check"

local root = arg[0]:match("^(.*)/clients/lua/") or error("run me through protocol/clients/lua/test")

local function unhex(text)
  return (text:gsub("%s", ""):gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function hex(bytes) return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end

local function escaped(bytes)
  return (bytes:gsub("[^!-~]", function(c) return ("%%%02x"):format(c:byte()) end))
end

local function unescaped(text)
  return (text:gsub("%%(%x%x)", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function read_vectors()
  local vectors, fields = {}, {}
  for line in io.lines(root .. "/vectors/frames.txt") do
    local name, value = line:match("^(%l+)%s+(.-)%s*$")
    if name == "vector" then
      fields = { vector = value }
      vectors[#vectors + 1] = fields
    elseif name then
      fields[name] = value
    end
  end
  for _, vector in ipairs(vectors) do vector.bytes = unhex(vector.hex or "") end
  return vectors
end

-- What is read --------------------------------------------------------------------------------------------------------

local function ticket_text(ticket) return ticket and hex(ticket) or "-" end

local readers = {
  [frame.HELLO_ANSWER] = function(id, payload)
    local a, problem = frame.hello_answer(payload)
    return a and ("hello-answer id=%s version=%d attributes=%d features=%d frame=%d inflight=%d incarnation=%s agent=%s")
      :format(id, a.version, a.attributes, a.features, a.frame, a.in_flight, hex(a.incarnation:reverse()), escaped(a.agent))
      or "error " .. problem
  end,
  [frame.CHECK_ANSWER] = function(id, payload)
    local a, problem = frame.answer(payload)
    if not a then return "error " .. problem end
    local retry = a.retry_after == math.huge and "never" or ("%d"):format(a.retry_after)
    return ("check-answer id=%s decision=%s reason=%s status=%d state=%s limit=%d remaining=%d window=%d reset=%d retry=%s ticket=%s rule=%s consumer=%s")
      :format(id, a.decision, a.reason, a.status, a.state, a.limit, a.remaining, a.window, a.reset, retry,
        ticket_text(a.ticket), a.rule, a.consumer)
  end,
  [frame.REPORT_ANSWER] = function(id, payload)
    local a, problem = frame.report_answer(payload)
    return a and ("report-answer id=%s accepted=%d repeated=%d late=%d unknown=%d")
      :format(id, a.accepted, a.repeated, a.late, a.unknown) or "error " .. problem
  end,
  [frame.RELEASE_ANSWER] = function(id, payload)
    local a, problem = frame.release_answer(payload)
    return a and ("release-answer id=%s released=%d unknown=%d"):format(id, a.released, a.unknown) or "error " .. problem
  end,
  [frame.PING_ANSWER] = function(id) return "ping-answer id=" .. id end,
  [frame.GOAWAY] = function(_, payload)
    local a, problem = frame.goaway(payload)
    return a and ("goaway reason=%d grace=%d"):format(a.reason, a.grace) or "error " .. problem
  end,
  [frame.ERROR] = function(id, payload)
    local a, problem = frame.error(payload)
    return a and ("error-frame id=%s code=%d offset=%d message=%s"):format(id, a.code, a.offset, escaped(a.message))
      or "error " .. problem
  end,
}

--- What a client finds at the start of a stream, and the bytes after it.
local function describe(stream)
  local operation, id, payload, rest = frame.take(stream)
  if not operation then return id and "error " .. id or "incomplete" end
  local reader = readers[operation]
  return reader and reader(frame.decimal(id), payload) or "not for clients", rest
end

--- The same, where bytes come in pieces: nothing is found until a piece completes it.
local function describe_pieces(pieces)
  local stream = ""
  for index, piece in ipairs(pieces) do
    stream = stream .. piece
    local found, rest = describe(stream)
    if found ~= "incomplete" then return found, (rest or "") .. table.concat(pieces, "", index + 1) end
  end
  return "incomplete"
end

local vectors = read_vectors()
check.at_least(#vectors, 60, "vectors")
local read, written = 0, 0

for _, vector in ipairs(vectors) do
  local bytes = vector.bytes
  local operation = bytes:byte(6)
  local is_answer = operation and operation >= 0x80
  local is_broken = vector.expect:find("^error bad_length") or vector.expect:find("^error bad_version")
    or vector.expect:find("field=flags") or vector.expect == "incomplete"
  if (is_answer or is_broken) and not vector.expect:find("bad_operation") then
    read = read + 1
    local name = vector.vector
    check.equal(describe(bytes), vector.expect, name)
    for place = 1, #bytes - 1 do
      local head = describe(bytes:sub(1, place))
      check.that(head == "incomplete" or head == vector.expect, name .. ": the first " .. place .. " bytes: " .. head)
      local found = describe_pieces { bytes:sub(1, place), bytes:sub(place + 1) }
      check.equal(found, vector.expect, name .. ", cut at " .. place)
    end
    local single = {}
    for place = 1, #bytes do single[place] = bytes:sub(place, place) end
    check.equal(describe_pieces(single), vector.expect, name .. ", byte by byte")
    if is_answer then
      -- Two frames that came in one piece.
      local first, rest = describe(bytes .. bytes)
      check.equal(first, vector.expect, name .. ", the first of two")
      check.equal(describe(rest), vector.expect, name .. ", the second of two")
      -- An answer of this length that is cut short by its own header is told, not read beyond its end.
      for length = 16, #bytes - 1 do
        local short = string.char(length % 256, math.floor(length / 256)) .. bytes:sub(3, length)
        local found = describe(short)
        check.that(found ~= "incomplete" and found ~= nil, name .. ", cut short to " .. length)
      end
    end
  end
end

-- What is written -----------------------------------------------------------------------------------------------------

-- Frames that mean the same as what a client writes, in other bytes.
local OTHER_BYTES = {
  ["check-unknown-attributes"] = true, ["check-empty-value"] = true, ["check-well-known-by-name"] = true,
  ["check-reserved-not-zero"] = true, ["check-32-attributes"] = true, ["check-twice-unknown"] = true,
  ["ping-with-payload"] = true, ["report-optional-entry-flags"] = true, ["report-cost-without-its-flag"] = true,
}

local function words(expect)
  local list = {}
  for name, value in expect:gmatch("([^%s=]+)=(%S*)") do list[#list + 1] = { name, value } end
  return list
end

local function field(list, name)
  for _, pair in ipairs(list) do if pair[1] == name then return pair[2] end end
end

local function ticket_bytes(text) return text == "-" and ("\0"):rep(24) or unhex(text) end

local writers = {
  check = function(list)
    local flat = {}
    for index, pair in ipairs(list) do
      if index > 3 then
        flat[#flat + 1] = pair[1]
        flat[#flat + 1] = unescaped(pair[2])
      end
    end
    local attributes, count = frame.attributes(flat)
    return frame.check(frame.id(field(list, "id")), attributes, count, tonumber(field(list, "cost")),
      tonumber(field(list, "flags")))
  end,
  report = function(list)
    local entries, entry = {}, nil
    local function close()
      if entry then
        entries[#entries + 1] = assert(frame.entry(ticket_bytes(entry.ticket), tonumber(entry.status), entry["in"],
          entry.out, entry.cost))
      end
    end
    for _, pair in ipairs(list) do
      if pair[1] == "ticket" then close() entry = {} end
      if entry then entry[pair[1]] = pair[2] end
    end
    close()
    return frame.report(frame.id(field(list, "id")), entries, tonumber(field(list, "flags")))
  end,
  release = function(list)
    local tickets = {}
    for _, pair in ipairs(list) do
      if pair[1] == "ticket" then tickets[#tickets + 1] = ticket_bytes(pair[2]) end
    end
    return frame.release(frame.id(field(list, "id")), tickets)
  end,
  ping = function(list) return frame.ping(frame.id(field(list, "id"))) end,
  hello = function(list)
    return frame.hello(frame.id(field(list, "id")), unescaped(field(list, "client")), tonumber(field(list, "features")),
      tonumber(field(list, "version")))
  end,
}

for _, vector in ipairs(vectors) do
  local operation = vector.expect:match("^(%S+)")
  local writer = writers[operation]
  if writer and not OTHER_BYTES[vector.vector] then
    written = written + 1
    check.equal(hex(assert(writer(words(vector.expect)))), hex(vector.bytes), vector.vector)
  end
end
check.at_least(read, 15, "vectors read")
check.at_least(written, 20, "vectors written")

-- What an agent would refuse is not written.
local id = frame.id(7)
local function refused(what, value, problem)
  check.that(value == nil and type(problem) == "string", what .. " is refused with words")
end
local many = {}
for index = 1, 33 do many[2 * index - 1], many[2 * index] = "x" .. index, "v" end
refused("33 attributes", frame.attributes(many))
refused("a name of 64 bytes", frame.attributes { ("n"):rep(64), "v" })
refused("no name", frame.attributes { "", "v" })
refused("a value of 8193 bytes", frame.attributes { "path", ("v"):rep(8193) })
refused("a negative cost", frame.check(id, "", 0, -1))
refused("a cost of 2^32", frame.check(id, "", 0, 4294967296))
refused("a cost of a half", frame.check(id, "", 0, 0.5))
local large = assert(frame.attributes { "path", ("p"):rep(8192), "user", ("u"):rep(8192) })
refused("a frame above 16384 bytes", frame.check(id, large, 2, 1))
local ticket = ("t"):rep(24)
refused("a status of 99", frame.entry(ticket, 99, 0, 0))
refused("a status of 600", frame.entry(ticket, 600, 0, 0))
refused("2^62 bytes in", frame.entry(ticket, 200, "4611686018427387904", 0))
refused("2^64 bytes out", frame.entry(ticket, 200, 0, "18446744073709551616"))
refused("half a byte", frame.entry(ticket, 200, 0, 0.5))
refused("a negative cost", frame.entry(ticket, 200, 0, 0, -1))
refused("a short ticket", frame.entry("t", 200, 0, 0))
refused("no report", frame.report(id, {}))
local entry = assert(frame.entry(ticket, 200, 0, 0))
local entries = {}
for index = 1, 65 do entries[index] = entry end
refused("65 reports", frame.report(id, entries))
refused("no ticket", frame.release(id, {}))
refused("a name of 65 bytes", frame.hello(id, ("n"):rep(65), 0))
refused("version 0", frame.hello(id, "", 0, 0))

for _, text in ipairs { "0", "1", "255", "4294967295", "4294967296", "9007199254740991", "9007199254740993",
  "4611686018427387903", "18446744073709551615" } do
  check.equal(frame.decimal(frame.id(text)), text, "decimal")
end

print(("vectors: %d read, %d written, of %d"):format(read, written, #vectors))
