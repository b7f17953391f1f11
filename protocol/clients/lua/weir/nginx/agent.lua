--- An nginx worker's way to the agent: cosockets, which nginx pools, and a pause where the agent does not answer.

local exchange = require "weir.exchange"

local ffi = require "ffi"
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } weir_time;
  int clock_gettime(int clock, weir_time *time);
]]

local ngx = ngx
local time = ffi.new("weir_time")

local agent = { troubles = 0 }

-- A state that comes and goes is told once in so many seconds.
local QUIET_SECONDS = 10
-- An agent that has not answered anything for so long, in seconds, and so many times in a row, hangs: for a moment the worker
-- decides by itself, instead of letting each request wait. One that only stumbles is asked on, however many wait for it.
local HANGING_SECONDS, HANGING_TIMEOUTS = 0.25, 5
-- Pooled connections that may turn out to be closed before a new one is made.
local ATTEMPTS = 3
-- Requests that may wait for one of the worker's connections; one more has no answer.
local WAITING = 1024
local NOTHING = {}

local address, pool, config
local timeouts, first_timeout_at, paused_until, logged_at, is_logged = 0, 0, 0, nil, false

function agent.setup(settings)
  config = settings
  address = "unix:" .. config.socket
  pool = { pool = "weir", pool_size = config.connections, backlog = WAITING }
end

--- Seconds of a clock that is never set, the same in all workers.
function agent.now()
  ffi.C.clock_gettime(1, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

local now = agent.now

--- Tells the log that requests are decided without an agent; once, not for each request.
function agent.log_trouble(problem)
  agent.troubles = agent.troubles + 1
  local at = now()
  if is_logged or logged_at and at - logged_at < QUIET_SECONDS then return end
  is_logged, logged_at = true, at
  ngx.log(ngx.ERR, "weir: no answer from the agent at ", config.socket, ": ", problem, "; requests ",
    config.on_trouble == "open" and "pass" or "are refused (503)", " unless their location says otherwise")
end

local function pause() paused_until = now() + 0.05 + math.random() * 0.05 end

--- What a failure means for the requests to come.
local function note_failure(problem, is_unconnected)
  if problem == "timeout" then
    if timeouts == 0 then first_timeout_at = now() end
    timeouts = timeouts + 1
    if timeouts >= HANGING_TIMEOUTS and now() - first_timeout_at >= HANGING_SECONDS then pause() end
  elseif is_unconnected and problem ~= "too many waiting connect operations" then
    pause()
  end
end

local function note_success()
  timeouts = 0
  if is_logged then
    is_logged = false
    ngx.log(ngx.NOTICE, "weir: the agent answers")
  end
end

--- Sends frames over a pooled connection, and takes their answers.
--
-- @param bytes, ids  as for `weir.exchange`
-- @param seconds  for all of it, waiting for a connection included
-- @return the payloads by id, as far as they came; what went wrong, and the code of an ERROR frame
function agent.ask(bytes, ids, seconds)
  local start = now()
  if paused_until > start then return NOTHING, "it did not answer before" end
  local deadline = start + seconds
  local function arm(socket)
    local left = (deadline - now()) * 1000
    if left < 1 then return false end
    socket:settimeouts(left, left, left)
    return true
  end
  local payloads, problem, code, is_leaving = NOTHING, "timeout", nil, false
  for _ = 1, ATTEMPTS do
    local socket = ngx.socket.tcp()
    if not arm(socket) then break end
    local connected, connect_problem = socket:connect(address, pool)
    if not connected then
      note_failure(connect_problem, true)
      return NOTHING, connect_problem
    end
    local reused = socket:getreusedtimes()
    payloads, problem, code, is_leaving = exchange(socket, bytes, ids, arm)
    if not problem then
      note_success()
      if is_leaving then socket:close() else socket:setkeepalive(0) end
      return payloads
    end
    -- What may owe an answer is never pooled.
    socket:close()
    -- A pooled connection may have been closed while nobody looked; a new one that is closed is an answer.
    if reused == 0 or next(payloads) or (problem ~= "closed" and problem ~= "broken pipe") then break end
  end
  note_failure(problem, false)
  return payloads, problem, code
end

return agent
