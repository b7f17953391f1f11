--- Weir for OpenResty, and for nginx with its Lua module: asks in the access phase, shows the limits in the header filter,
-- reports in the log phase. deploy/openresty has the configuration.
--
-- Cosockets are pooled by nginx in each worker. The log phase has none: it puts reports into a shared dictionary, from
-- where the next check takes them along, or else a timer some milliseconds later.

local denials = require "weir.denials"
local exchange = require "weir.exchange"
local frame = require "weir.frame"
local request = require "weir.request"
local response = require "weir.response"
local settings = require "weir.settings"

local ffi = require "ffi"
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } weir_time;
  int clock_gettime(int clock, weir_time *time);
]]

local ngx = ngx
local time = ffi.new("weir_time")
local min, random = math.min, math.random

local weir = {}

-- A connection never owes an answer when it is used, so ids need to differ within one write only.
local CHECK_ID, REPORT_ID = frame.id(1), frame.id(2)
local CHECK_ONLY, CHECK_AND_REPORT, REPORT_ONLY = { CHECK_ID }, { REPORT_ID, CHECK_ID }, { REPORT_ID }
local QUEUE, DROPPED = "reports", "dropped"
-- Reports wait so long for a check that takes them along: a slot that a rule counts is free a little after its response.
local REPORT_DELAY = 0.005
-- A report may take longer than a check: nobody waits for it.
local REPORT_DEADLINE = 0.25
-- A state that comes and goes is told once in so many seconds.
local QUIET_SECONDS = 10
-- Time-outs in a row after which a worker decides by itself for a moment, instead of letting each request wait.
local TIMEOUTS_IN_A_ROW = 5
-- Pooled connections that may turn out to be closed before a new one is made.
local ATTEMPTS = 3
local UNANSWERED = "-"
local NO_OPTIONS = {}

local config, address, pool
local reports, remembered
local unavailable, too_large, contradiction
-- Of this worker.
local timeouts, paused_until, logged_at = 0, 0, nil
local is_logged, is_dropping, is_scheduled = false, false, false
local keeps_state = true
local counts = { asked = 0, remembered = 0, troubles = 0, reported = 0, unknown = 0, dropped = 0 }

--- Seconds of a clock that is never set, the same in all workers.
local function now()
  ffi.C.clock_gettime(1, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

--- Takes the settings: once, in `init_by_lua`. What is wrong stops nginx from starting, with all of it in the message.
--
-- @param given  values by the names of the environment, which they outrank: WEIR_SOCKET, WEIR_CLIENT_DEADLINE, …
function weir.setup(given)
  config = assert(settings.read(given))
  address = "unix:" .. config.socket
  reports, remembered = ngx.shared.weir_reports, ngx.shared.weir_denials
  if not reports then error("weir: expected lua_shared_dict weir_reports 4m; in the http block") end
  if config.deny_cache > 0 and not remembered then
    error("weir: expected lua_shared_dict weir_denials 4m; in the http block, or WEIR_CLIENT_DENY_CACHE=off")
  end
  if config.deny_cache == 0 then remembered = nil end
  pool = { pool = "weir", pool_size = config.connections, backlog = 1024 }
  unavailable, too_large, contradiction = response.unavailable(), response.refusal(431), response.refusal(400)
end

--- Numbers of this worker, for whoever shows them.
function weir.counts() return counts end

-- The agent ---------------------------------------------------------------------------------------------------------

local function log_trouble(problem)
  counts.troubles = counts.troubles + 1
  local at = now()
  if is_logged or logged_at and at - logged_at < QUIET_SECONDS then return end
  is_logged, logged_at = true, at
  ngx.log(ngx.ERR, "weir: no answer from the agent at ", config.socket, ": ", problem, "; requests ",
    config.on_trouble == "open" and "pass" or "are refused (503)", " unless their location says otherwise")
end

local function pause() paused_until = now() + 0.05 + random() * 0.05 end

--- Sends frames over a pooled connection, and takes their answers.
--
-- @return the payloads by id, as far as they came; what went wrong, the code of an ERROR frame
local function ask(bytes, ids, seconds)
  local start = now()
  if paused_until > start then return NO_OPTIONS, "it did not answer before" end
  local deadline = start + seconds
  local function arm(socket)
    local left = (deadline - now()) * 1000
    if left < 1 then return false end
    socket:settimeouts(left, left, left)
    return true
  end
  local payloads, problem, code, is_leaving
  for _ = 1, ATTEMPTS do
    local socket = ngx.socket.tcp()
    if not arm(socket) then payloads, problem = NO_OPTIONS, "timeout" break end
    local connected, connect_problem = socket:connect(address, pool)
    if not connected then
      if connect_problem ~= "timeout" then pause() end
      return NO_OPTIONS, connect_problem
    end
    local reused = socket:getreusedtimes()
    payloads, problem, code, is_leaving = exchange(socket, bytes, ids, arm)
    if not problem and not is_leaving then
      timeouts = 0
      socket:setkeepalive(0)
      if is_logged then
        is_logged = false
        ngx.log(ngx.NOTICE, "weir: the agent answers")
      end
      return payloads
    end
    -- What may owe an answer is never pooled.
    socket:close()
    if not problem then return payloads end
    -- A pooled connection may have been closed while nobody looked; a new one that is closed is an answer.
    if reused == 0 or next(payloads) or (problem ~= "closed" and problem ~= "broken pipe") then break end
  end
  if problem == "timeout" then
    timeouts = timeouts + 1
    if timeouts >= TIMEOUTS_IN_A_ROW then pause() end
  end
  return payloads, problem, code
end

-- Reports -----------------------------------------------------------------------------------------------------------

local function push(entry)
  if reports:rpush(QUEUE, entry) then
    is_dropping = false
    return
  end
  counts.dropped = counts.dropped + 1
  reports:incr(DROPPED, 1, 0)
  if is_dropping then return end
  is_dropping = true
  ngx.log(ngx.ERR, "weir: no room for reports in weir_reports: they are dropped, and with them bytes and statuses of usage")
end

--- Up to 64 entries that wait; nil for none.
local function take()
  local entry = reports:lpop(QUEUE)
  if not entry then return nil end
  local entries = { entry }
  for index = 2, frame.MAXIMUM_ENTRIES do
    entry = reports:lpop(QUEUE)
    if not entry then break end
    entries[index] = entry
  end
  return entries
end

--- What was not answered is sent again: it counts once.
local function give_back(entries)
  for index = 1, #entries do push(entries[index]) end
end

local function count_reported(payload)
  local became = frame.report_answer(payload)
  -- The floor of the benchmark answers every frame with the same bytes.
  if not became then return end
  counts.reported = counts.reported + became.accepted + became.late + became.repeated
  counts.unknown = counts.unknown + became.unknown
end

local schedule

local function drain(is_exiting)
  is_scheduled = false
  for _ = 1, 64 do
    local entries = take()
    if not entries then return end
    local payloads, problem = ask(frame.report(REPORT_ID, entries), REPORT_ONLY, math.max(REPORT_DEADLINE, config.deadline))
    local payload = payloads[REPORT_ID]
    if not payload then
      give_back(entries)
      if not is_exiting then
        log_trouble(problem)
        schedule(0.1 + random() * 0.1)
      end
      return
    end
    count_reported(payload)
  end
  schedule(REPORT_DELAY)
end

schedule = function(delay)
  if is_scheduled then return end
  local started = ngx.timer.at(delay, drain)
  -- A worker that ends takes timers of now only.
  if not started then started = ngx.timer.at(0, drain) end
  is_scheduled = started and true or false
end

-- The access phase --------------------------------------------------------------------------------------------------

local function send(made)
  local header = ngx.header
  ngx.status = made.status
  header["Content-Type"] = made.content_type
  header["Content-Length"] = #made.body
  header["Cache-Control"] = made.cache_control
  header["Retry-After"] = made.retry_after
  header["RateLimit"] = made.rate_limit
  header["RateLimit-Policy"] = made.policy
  header["WWW-Authenticate"] = made.authenticate
  ngx.print(made.body)
  return ngx.exit(ngx.HTTP_OK)
end

--- The key that a client sent: X-API-Key, else a bearer token; false where it sent two, of which the site may believe another.
local function sent_key(var)
  local key, authorization = var.http_x_api_key, var.http_authorization
  if not key and not authorization then return "" end
  local headers = ngx.req.get_headers(0)
  if type(headers["x-api-key"]) == "table" or type(headers["authorization"]) == "table" then return false end
  if key and key ~= "" then return key end
  return request.bearer(authorization) or ""
end

--- What this request was answered: nil before it was asked about, UNANSWERED where it passed for want of an answer, else
-- the answer's payload.
--
-- An internal redirect (an index page, try_files, error_page) empties ngx.ctx, and comes by the access phase again: the
-- variable of http.conf outlives it.
local function decided(ctx)
  local known = ctx.weir
  if known then return known end
  if not keeps_state then return nil end
  known = ngx.var.weir
  if known and known ~= "" then
    ctx.weir = known
    return known
  end
end

local function set_variable(payload) ngx.var.weir = payload end

local function note(ctx, payload)
  ctx.weir = payload
  if keeps_state and not pcall(set_variable, payload) then
    keeps_state = false
    ngx.log(ngx.ERR, "weir: no variable $weir: include http.conf, else requests that nginx redirects internally are ",
      "asked about twice, and not reported")
  end
end

local function pass_or_refuse(ctx, on_trouble, problem)
  log_trouble(problem)
  if (on_trouble or config.on_trouble) == "closed" then return send(unavailable) end
  note(ctx, UNANSWERED)
end

--- Asks whether this request may pass: for `access_by_lua`. Denied requests end here.
--
-- @param options  of this location, all optional:
--   cost        units, 1 where it is not said
--   reserve     true: the cost is an estimate, which `weir.settle` corrects
--   key         the caller's key, false for none; else what X-API-Key or a bearer token says
--   attributes  further attributes by name, or others in place of ip, method, path, host
--   on_trouble  "open" or "closed", in place of WEIR_CLIENT_ON_TROUBLE
function weir.access(options)
  if options then
    local mistake = settings.problem(options)
    if mistake then error(mistake, 2) end
  else
    options = NO_OPTIONS
  end
  local ctx = ngx.ctx
  local known = decided(ctx)
  if known then
    -- Asked about in another location, which let it pass: this one need not.
    if known == UNANSWERED and (options.on_trouble or config.on_trouble) == "closed" then return send(unavailable) end
    return
  end
  local var = ngx.var
  local key = options.key
  if key == nil then
    key = sent_key(var)
    if key == false then return send(contradiction) end
  end
  local cost = options.cost or 1
  local attributes, count, is_too_long = request.attributes(
    key or "", var.remote_addr, var.request_method, request.path(var.request_uri), var.host, options.attributes)
  local check
  if attributes then
    check, count, is_too_long = frame.check(CHECK_ID, attributes, count, cost, options.reserve and frame.RESERVE)
  end
  if not check then
    if is_too_long then return send(too_large) end
    error("weir: " .. count, 2)
  end

  local digest = remembered and ngx.sha1_bin(attributes)
  if digest then
    local text = remembered:get(digest)
    local denied = text and denials.read(text, cost, now(), config.deny_cache)
    if denied then
      counts.remembered = counts.remembered + 1
      return send(response.denial(denied))
    end
  end

  counts.asked = counts.asked + 1
  local entries = take()
  local payloads, problem, code
  if entries then
    payloads, problem, code = ask(frame.report(REPORT_ID, entries) .. check, CHECK_AND_REPORT, config.deadline)
    if payloads[REPORT_ID] then
      count_reported(payloads[REPORT_ID])
    else
      give_back(entries)
      schedule(REPORT_DELAY)
    end
  else
    payloads, problem, code = ask(check, CHECK_ONLY, config.deadline)
  end
  local payload = payloads[CHECK_ID]
  if not payload then
    -- An agent that takes smaller frames than this one: it is for the client to send less.
    if code == 1 then return send(too_large) end
    return pass_or_refuse(ctx, options.on_trouble, problem)
  end
  local answer, unclear = frame.answer(payload)
  if not answer then return pass_or_refuse(ctx, options.on_trouble, unclear) end
  if answer.decision == "allow" then
    ctx.weir_answer = answer
    return note(ctx, payload)
  end
  if answer.decision ~= "deny" then return pass_or_refuse(ctx, options.on_trouble, "it could not decide") end
  if digest then
    local text, seconds = denials.text(answer, payload, cost, now(), config.deny_cache)
    if text then remembered:set(digest, text, min(seconds + 0.001, config.deny_cache)) end
  end
  return send(response.denial(answer))
end

local function current_answer(ctx)
  local known = decided(ctx)
  if not known or known == UNANSWERED then return nil end
  local answer = ctx.weir_answer
  if not answer then
    answer = frame.answer(known)
    ctx.weir_answer = answer
  end
  return answer
end

--- Shows the limits of a request that passed: for `header_filter_by_lua`.
function weir.headers()
  if ngx.is_subrequest then return end
  local answer = current_answer(ngx.ctx)
  if not answer then return end
  local limit, policy = response.rate_limit(answer)
  if not limit then return end
  local header = ngx.header
  header["RateLimit"] = limit
  header["RateLimit-Policy"] = policy
end

--- Says what the request did cost, in units: anywhere before the log phase. Without it, what was reserved is charged.
function weir.settle(cost) ngx.ctx.weir_cost = cost end

--- Reports the response, with its exact bytes: for `log_by_lua`.
function weir.log()
  local ctx = ngx.ctx
  local answer = current_answer(ctx)
  if not answer or not answer.ticket then return end
  local var = ngx.var
  local entry, problem = frame.entry(
    answer.ticket, response.reported_status(var.status), var.request_length, var.bytes_sent, ctx.weir_cost)
  if not entry then
    ngx.log(ngx.ERR, "weir: ", problem, "; reported without it")
    entry = frame.entry(answer.ticket, response.reported_status(var.status), var.request_length, var.bytes_sent)
  end
  push(entry)
  schedule(REPORT_DELAY)
end

return weir
