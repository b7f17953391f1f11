--- Reports responses with their exact bytes: the program behind Apache's `CustomLog "|…"`, a process of its own.
--
--   CustomLog "|/usr/bin/lua5.3 /usr/share/weir/lua/weir/piped.lua /run/weir/agent.sock" "%<{WEIR_TICKET}e %>s %I %O %<{WEIR_COST}e"
--
-- A line is a ticket in 48 hexadecimal digits (`-` for none), the status, bytes in, bytes out and the actual cost (`-`
-- for what was reserved). What an agent that is away cannot take is kept, and beyond 65,536 lines dropped, so
-- that Apache never waits for it.

local here = arg[0]:match("^(.*)/weir/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local connection = require "weir.connection"
local frame = require "weir.frame"
local reporter = require "weir.reporter"
local response = require "weir.response"
local settings = require "weir.settings"
local socket = require "socket"

local REPORTS = 65536
-- Of an answer, where the agent answered before and where it did not; and between attempts while it does not. No line is
-- read while an answer is waited for.
local DEADLINE, SHORT_DEADLINE, RETRY = 0.25, 0.05, 0.25

local config = assert(settings.read { WEIR_SOCKET = arg[1] })
local agent = connection.new(config.socket)
local pending = reporter.new(REPORTS)
local trouble, is_dropping, malformed = nil, false, 0

local function say(text) io.stderr:write("weir: ", text, "\n") end

--- The entry of a line; nil for one without a ticket, and one that is not what it should be, which is quoted once.
local function entry(line)
  local ticket, status, received, sent, cost = line:match("^(%S+) (%S+) (%S+) (%S+) (%S+)$")
  if ticket == "-" or ticket == "?" then return nil end
  local found
  if ticket and ticket:find("^%x+$") and #ticket == 48 then
    local bytes = ticket:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)
    found = frame.entry(bytes, response.reported_status(status), received, sent, cost ~= "-" and cost or nil)
  end
  if not found then
    malformed = malformed + 1
    if malformed == 1 then say(('expected "TICKET STATUS IN OUT COST", found "%s"'):format(line:sub(1, 200))) end
  end
  return found
end

local function flush()
  if pending.count == 0 then return end
  local seconds = trouble and SHORT_DEADLINE or math.max(DEADLINE, config.deadline)
  local sent, problem = pending:flush(function(bytes, ids) return agent:ask(bytes, ids, seconds) end)
  if sent then
    if trouble then say("the agent takes reports again") end
    trouble, is_dropping = nil, false
  elseif not trouble then
    trouble = problem
    say(("no answer from the agent at %s: %s; reports are kept"):format(config.socket, problem))
  end
end

-- Standard input as luasocket's `select` wants it; unbuffered, so that what `select` sees is all there is.
local input = { getfd = function() return 0 end, dirty = function() return false end }
io.stdin:setvbuf("no")

local function has_line(seconds) return #socket.select({ input }, nil, seconds) > 0 end

local next_try = 0
while true do
  local at = socket.gettime()
  local is_due = pending.count > 0 and (not trouble or at >= next_try or at < next_try - RETRY)
  local wait = pending.count > 0 and (is_due and 0 or next_try - at) or nil
  local is_there = has_line(wait)
  if is_there then
    local line = io.read("l")
    if not line then break end
    local made = entry(line)
    if made and not pending:add(made) and not is_dropping then
      is_dropping = true
      say(("%d reports wait, and no more are kept: bytes and statuses of usage are lost"):format(REPORTS))
    end
  end
  if is_due and (not is_there or pending.count >= frame.MAXIMUM_ENTRIES) then
    flush()
    next_try = socket.gettime() + RETRY
  end
end
-- Apache ends: what the agent takes within a second is not lost.
local deadline = socket.gettime() + 1
repeat
  flush()
  if pending.count > 0 then socket.sleep(0.05) end
until pending.count == 0 or socket.gettime() > deadline
if pending.count > 0 then say(pending.count .. " reports were not taken") end
