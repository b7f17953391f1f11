--- Weir for OpenResty, and for nginx with its Lua module: asks in the access phase, shows the limits in the header filter,
-- reports in the log phase. deploy/openresty has the configuration.

local agent = require "weir.nginx.agent"
local denials = require "weir.denials"
local frame = require "weir.frame"
local reports = require "weir.nginx.reports"
local request = require "weir.request"
local response = require "weir.response"
local settings = require "weir.settings"

local ngx = ngx

local weir = {}

-- A connection never owes an answer when it is used, so ids need to differ within one write only.
local CHECK_ID = frame.id(1)
local CHECK_ONLY, CHECK_AND_REPORT = { CHECK_ID }, { reports.ID, CHECK_ID }
local UNANSWERED = "-"
local NO_OPTIONS = {}

local config, remembered
local unavailable, too_large, contradiction
local keeps_state = true
local asked, answered_from_memory = 0, 0

--- Takes the settings: once, in `init_by_lua`. What is wrong stops nginx from starting, with all of it in the message.
--
-- @param given  values by the names of the environment, which they outrank: WEIR_SOCKET, WEIR_CLIENT_DEADLINE, …
function weir.setup(given)
  config = assert(settings.read(given))
  agent.setup(config)
  reports.setup(config)
  remembered = config.deny_cache > 0 and ngx.shared.weir_denials or nil
  if config.deny_cache > 0 and not remembered then
    error("weir: expected lua_shared_dict weir_denials 4m; in the http block, or WEIR_CLIENT_DENY_CACHE=off")
  end
  unavailable, too_large, contradiction = response.unavailable(), response.refusal(431), response.refusal(400)
end

--- Numbers of this worker, for whoever shows them.
function weir.counts()
  return {
    asked = asked, remembered = answered_from_memory, troubles = agent.troubles, reported = reports.reported,
    unknown = reports.unknown, dropped = reports.dropped,
  }
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
  agent.log_trouble(problem)
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
  if not config then weir.setup() end
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
    local denied = text and denials.read(text, cost, agent.now(), config.deny_cache)
    if denied then
      answered_from_memory = answered_from_memory + 1
      return send(response.denial(denied))
    end
  end

  asked = asked + 1
  local payloads, problem, code
  -- Reports go before the check, so that what they free is free for it.
  local entries = reports.take()
  if entries then
    payloads, problem, code = agent.ask(frame.report(reports.ID, entries) .. check, CHECK_AND_REPORT, config.deadline)
    local became = payloads[reports.ID]
    if became then reports.answered(became) else reports.give_back(entries) end
  end
  if not entries or not payloads[CHECK_ID] and reports.shrink(#entries, code) then
    payloads, problem, code = agent.ask(check, CHECK_ONLY, config.deadline)
  end
  local payload = payloads[CHECK_ID]
  if not payload then
    -- An agent that takes smaller frames than this one: it is for the client to send less.
    if code == frame.BAD_LENGTH then return send(too_large) end
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
    local text, seconds = denials.text(answer, payload, cost, agent.now(), config.deny_cache)
    if text then remembered:set(digest, text, math.min(seconds + 0.001, config.deny_cache)) end
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
  reports.add(entry)
end

return weir
