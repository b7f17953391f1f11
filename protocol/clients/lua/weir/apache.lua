--- Weir for Apache with mod_lua and luasocket: asks in the access checker. deploy/apache has the configuration.
--
-- Each worker thread has an interpreter and a connection of its own (LuaScope thread). mod_lua does not know how many
-- bytes went out: exact reports come from weir/piped.lua, behind a CustomLog; `weir.log` tells the status, and of the
-- bytes what the Content-Length fields say.

local connection = require "weir.connection"
local denials = require "weir.denials"
local frame = require "weir.frame"
local reporter = require "weir.reporter"
local request = require "weir.request"
local response = require "weir.response"
local settings = require "weir.settings"
local socket = require "socket"

local weir = {}

local CHECK_ID = frame.id(1)
local CHECK_ONLY = { CHECK_ID }
-- Variables of the request's environment, which internal redirects and subrequests inherit.
local TICKET, REDIRECTED = "WEIR_TICKET", "REDIRECT_WEIR_TICKET"
-- What stands there in place of a ticket: there is none; the request passed for want of an answer.
local NONE, UNANSWERED = "-", "?"
-- Denials that a thread remembers: two generations, of which the older goes when the younger is full.
local DENIALS_IN_A_GENERATION = 512
-- Reports of `weir.log` that a thread keeps for an agent that is away.
local REPORTS = 1024
local REPORT_DEADLINE = 0.1
local QUIET_SECONDS = 10
local NO_OPTIONS = {}

local config, agent, pending
local young, old, young_count = {}, {}, 0
local logged_at

--- Takes the settings; values by the names of the environment, which they outrank. Raises an error that names each one
-- that is wrong: Apache answers 500 and logs it.
function weir.setup(given)
  config = assert(settings.read(given))
  agent = connection.new(config.socket)
  pending = reporter.new(REPORTS)
end

local function remember(key, text)
  if young_count >= DENIALS_IN_A_GENERATION then young, old, young_count = {}, young, 0 end
  if not young[key] then young_count = young_count + 1 end
  young[key] = text
end

local function log_trouble(r, problem)
  local at = socket.gettime()
  if logged_at and at >= logged_at and at - logged_at < QUIET_SECONDS then return end
  logged_at = at
  r:err(("weir: no answer from the agent at %s: %s; requests %s unless their location says otherwise")
    :format(config.socket, problem, config.on_trouble == "open" and "pass" or "are refused (503)"))
end

--- Ends the request with a response of our own.
local function send(r, made)
  -- Of the fields only these survive ErrorDocument, a proxy and an internal redirect alike.
  local fields = r.err_headers_out
  fields["Cache-Control"] = made.cache_control
  if made.retry_after then fields["Retry-After"] = made.retry_after end
  if made.rate_limit then
    fields["RateLimit"] = made.rate_limit
    fields["RateLimit-Policy"] = made.policy
  end
  if made.authenticate then fields["WWW-Authenticate"] = made.authenticate end
  r.status = made.status
  r.content_type = made.content_type
  r:write(made.body)
  return apache2.DONE
end

local function hex(bytes) return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end

local function unhex(text) return (text:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)) end

local function pass_or_refuse(r, on_trouble, problem)
  log_trouble(r, problem)
  if (on_trouble or config.on_trouble) == "closed" then return send(r, response.unavailable()) end
  r.subprocess_env[TICKET] = UNANSWERED
  return apache2.DECLINED
end

--- Asks whether this request may pass: for LuaHookAccessChecker.
--
-- @param r  the request
-- @param options  as those of `weir.access` in weir/nginx.lua
-- @return what the hook returns to Apache
function weir.access(r, options)
  if not config then weir.setup() end
  options = options or NO_OPTIONS
  local mistake = settings.problem(options)
  if mistake then error(mistake, 2) end
  -- Asked before: an internal redirect, a subrequest of a request that passed, or the hook of a location around this one,
  -- of which the stricter counts.
  local known = r.subprocess_env[TICKET] or r.subprocess_env[REDIRECTED]
  if known == UNANSWERED and (options.on_trouble or config.on_trouble) == "closed" then
    return send(r, response.unavailable())
  elseif known then
    return apache2.DECLINED
  end
  local key = options.key
  if key == nil then
    -- Of a field that came twice Apache makes one, "a, b": the site sees the same.
    key = r.headers_in["X-API-Key"]
    if not key or key == "" then key = request.bearer(r.headers_in["Authorization"]) end
  end
  local cost = options.cost or 1
  local attributes, count, is_too_long = request.attributes(
    key or "", r.useragent_ip, r.method, request.path(r.unparsed_uri), r.hostname, options.attributes)
  local check
  if attributes then
    check, count, is_too_long = frame.check(CHECK_ID, attributes, count, cost, options.reserve and frame.RESERVE)
  end
  if not check then
    if is_too_long then return send(r, response.refusal(431)) end
    error("weir: " .. count, 2)
  end
  local text = config.deny_cache > 0 and (young[attributes] or old[attributes])
  local denied = text and denials.read(text, cost, socket.gettime(), config.deny_cache)
  if denied then return send(r, response.denial(denied)) end

  r.subprocess_env[TICKET] = NONE
  local payloads, problem, code = agent:ask(check, CHECK_ONLY, config.deadline)
  local payload = payloads[CHECK_ID]
  if not payload then
    -- An agent that takes smaller frames than this one: it is for the client to send less.
    if code == frame.BAD_LENGTH then return send(r, response.refusal(431)) end
    return pass_or_refuse(r, options.on_trouble, problem)
  end
  local answer, unclear = frame.answer(payload)
  if not answer then return pass_or_refuse(r, options.on_trouble, unclear) end
  if answer.decision == "deny" then
    text = config.deny_cache > 0
      and denials.text(answer, payload, cost, socket.gettime(), config.deny_cache)
    if text then remember(attributes, text) end
    return send(r, response.denial(answer))
  end
  if answer.decision ~= "allow" then return pass_or_refuse(r, options.on_trouble, "it could not decide") end
  if answer.ticket then r.subprocess_env[TICKET] = hex(answer.ticket) end
  local limit, policy = response.rate_limit(answer)
  if limit then
    r.err_headers_out["RateLimit"] = limit
    r.err_headers_out["RateLimit-Policy"] = policy
  end
  return apache2.DECLINED
end

--- Says what the request did cost, in units; without it, what was reserved is charged.
function weir.settle(r, cost) r.subprocess_env["WEIR_COST"] = ("%d"):format(cost) end

--- Reports the response: for LuaHookLog, where weir/piped.lua is not used. The status is exact; bytes are those that the
-- Content-Length fields tell, without heads, and 0 where there is none.
function weir.log(r)
  local ticket = r.subprocess_env[TICKET]
  if not ticket or #ticket ~= 48 or not config then return apache2.DECLINED end
  local received = (r.headers_in["Content-Length"] or ""):match("^%d+$") or 0
  local sent = (r.headers_out["Content-Length"] or ""):match("^%d+$") or 0
  local entry = frame.entry(unhex(ticket), response.reported_status(r.status), received, sent, r.subprocess_env["WEIR_COST"])
  if not entry then entry = frame.entry(unhex(ticket), response.reported_status(r.status), 0, 0) end
  if not pending:add(entry) and pending.dropped == 1 then
    r:err("weir: no room for reports: they are dropped, and with them bytes and statuses of usage")
  end
  local sent_all, problem = pending:flush(function(bytes, ids) return agent:ask(bytes, ids, math.max(REPORT_DEADLINE, config.deadline)) end)
  if not sent_all then log_trouble(r, problem) end
  return apache2.DECLINED
end

return weir
