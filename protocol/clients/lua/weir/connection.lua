--- One connection of luasocket that is kept, and made again when it breaks: for programs with a thread of their own.

local exchange = require "weir.exchange"
local socket = require "socket"
local unix = require "socket.unix"

local connection = {}
connection.__index = connection

local stream = type(unix) == "table" and unix.stream or unix
-- An agent that has not answered anything for so long, in seconds, and so many times in a row, hangs: for a moment nobody waits
-- for it.
local HANGING_SECONDS, HANGING_TIMEOUTS = 0.25, 5

function connection.new(path) return setmetatable({ path = path, retry_at = 0, timeouts = 0 }, connection) end

function connection:close()
  if self.socket then self.socket:close() end
  self.socket = nil
end

--- No attempt is made for 50 to 100 ms.
function connection:pause(at) self.retry_at = at + 0.05 + math.random() * 0.05 end

function connection:open(at, seconds)
  local made = stream()
  made:settimeout(seconds, "t")
  local connected, problem = made:connect(self.path)
  if not connected then
    made:close()
    self:pause(at)
    return problem or "cannot connect"
  end
  self.socket, self.is_used = made, false
end

--- Sends frames, and takes their answers.
--
-- @return as `weir.exchange`
function connection:ask(bytes, ids, seconds)
  local start = socket.gettime()
  -- A clock that was turned back must not make a pause of a moment a long one.
  if self.retry_at > start and self.retry_at < start + 0.2 then return {}, "it did not answer before" end
  local deadline = start + seconds
  local function arm(made)
    local left = deadline - socket.gettime()
    if left <= 0 or left > seconds then return false end
    made:settimeout(left, "t")
    return true
  end
  local payloads, problem, code, is_leaving
  for _ = 1, 2 do
    if not self.socket then
      problem = self:open(start, seconds)
      if problem then return {}, problem end
    end
    payloads, problem, code, is_leaving = exchange(self.socket, bytes, ids, arm)
    -- What may owe an answer is not used again.
    if problem or is_leaving then self:close() end
    if not problem then
      self.timeouts, self.is_used = 0, true
      return payloads
    end
    -- A kept connection may have been closed while nobody looked; a new one that is closed is an answer.
    if not self.is_used or next(payloads) or (problem ~= "closed" and problem ~= "broken pipe") then break end
  end
  if problem == "timeout" then
    local at = socket.gettime()
    if self.timeouts == 0 then self.hanging_since = at end
    self.timeouts = self.timeouts + 1
    if self.timeouts >= HANGING_TIMEOUTS and at - self.hanging_since >= HANGING_SECONDS then self:pause(at) end
  end
  return payloads, problem, code
end

return connection
