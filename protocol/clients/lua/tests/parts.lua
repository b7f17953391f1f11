--- The client's pure parts: the response to a decision, settings, what is taken from a request, remembered denials, reports
-- that wait, and one exchange over a connection that misbehaves.

local check = require "tests.check"
local denials = require "weir.denials"
local exchange = require "weir.exchange"
local frame = require "weir.frame"
local reporter = require "weir.reporter"
local request = require "weir.request"
local response = require "weir.response"
local settings = require "weir.settings"

local function le(n, bytes)
  local text = ""
  for _ = 1, bytes do
    text = text .. string.char(n % 256)
    n = math.floor(n / 256)
  end
  return text
end

--- The payload of a CHECK's answer.
local function payload(a)
  local never = a.retry == "never"
  return string.char(a.decision or 1, a.reason or 1) .. le(a.status or 429, 2)
    .. string.char(a.state or 0, #(a.rule or ""), 0, 0) .. le(a.limit or 0, 8) .. le(a.remaining or 0, 8)
    .. le(a.window or 0, 4) .. le(0, 4) .. le(a.reset or 0, 8)
    .. (never and ("\255"):rep(8) or le(a.retry or 0, 8)) .. (a.ticket or ("\0"):rep(24)) .. (a.rule or "")
end

local function answer(a) return assert(frame.answer(payload(a))) end

-- The response -----------------------------------------------------------------------------------------------------

local denied = response.denial(answer { limit = 3, window = 3600, retry = 1199000001, rule = "all" })
check.equal(denied.status, 429, "status")
check.equal(denied.retry_after, "1200", "a wait is never told too short")
check.equal(denied.rate_limit, '"all";r=0;t=1200', "RateLimit")
check.equal(denied.policy, '"all";q=3;w=3600', "RateLimit-Policy")
check.equal(denied.body, '{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded",'
  .. '"title":"Request cannot be satisfied as assigned quota has been exceeded","status":429,"reason":"rate",'
  .. '"violated-policies":["all"]}', "body")
check.equal(denied.authenticate, nil, "WWW-Authenticate")
check.equal(response.denial(answer { limit = 3, retry = 0, rule = "a" }).retry_after, "1", "at least a second")
check.equal(response.denial(answer { limit = 3, retry = 2000000, rule = "a" }).retry_after, "2", "whole seconds")
local never = response.denial(answer { reason = 12, limit = 3, remaining = 2, window = 1, retry = "never", rule = "a" })
check.equal(never.retry_after, nil, "never")
check.equal(never.rate_limit, '"a";r=2', "no time where there is none")
local missing = response.denial(answer { reason = 5, status = 401, rule = "key", retry = "never" })
check.equal(missing.authenticate, 'Bearer realm="api"', "WWW-Authenticate")
check.equal(missing.rate_limit, nil, "no limit is named")
check.equal(missing.body, '{"type":"about:blank","title":"Unauthorized","status":401,"reason":"key-missing"}', "401")
local overload = response.denial(answer { reason = 10, status = 503, retry = 1 })
check.that(overload.body:find("#temporary%-reduced%-capacity"), "overload")
check.equal(response.denial(answer { reason = 11, status = 418 }).body,
  '{"type":"about:blank","title":"Denied","status":418,"reason":"blocked"}', "a status without a phrase")
local limit, policy = response.rate_limit(answer { decision = 0, reason = 0, status = 200, limit = 400, remaining = 399,
  window = 2, reset = 5000, rule = "default" })
check.equal(limit, '"default";r=399;t=1', "RateLimit of one that passed")
check.equal(policy, '"default";q=400;w=2', "RateLimit-Policy of one that passed")
local away = response.unavailable()
check.equal(away.status .. " " .. away.retry_after, "503 1", "no agent")
check.that(away.body:find('"status":503,"reason":"overload"}', 1, true), "no agent, in words")
check.equal(response.reported_status("000"), 499, "no response")
check.equal(response.reported_status("204"), 204, "a status")

-- Settings ---------------------------------------------------------------------------------------------------------

local function environment(values) return function(name) return values[name] end end
local values = assert(settings.read({}, environment {}))
check.equal(values.socket, "/run/weir/agent.sock", "socket")
check.equal(values.deadline, 0.02, "deadline")
check.equal(values.on_trouble, "open", "on_trouble")
check.equal(values.deny_cache, 10, "deny_cache")
values = assert(settings.read({ WEIR_CLIENT_DEADLINE = "5ms" }, environment {
  WEIR_CLIENT_DEADLINE = "1s", WEIR_CLIENT_DENY_CACHE = "off", WEIR_SOCKET = "/x", WEIR_CLIENT_ON_TROUBLE = "closed" }))
check.equal(values.deadline, 0.005, "the table outranks the environment")
check.equal(values.deny_cache, 0, "off")
check.equal(values.socket, "/x", "the environment outranks the defaults")
check.equal(values.on_trouble, "closed", "closed")
values = assert(settings.read({}, environment { WEIR_RUNTIME_DIR = "/run/user/1/weir" }))
check.equal(values.socket, "/run/user/1/weir/agent.sock", "the agent's directory")
local _, problem = settings.read({ WEIR_SOKET = "/x", WEIR_CLIENT_DEADLINE = "20", WEIR_CLIENT_CONNECTIONS = "0",
  WEIR_SOCKET = "relative" }, environment {})
for _, name in ipairs { "WEIR_SOKET", "WEIR_CLIENT_DEADLINE=20: expected a duration", "WEIR_CLIENT_CONNECTIONS=0",
  "WEIR_SOCKET=relative" } do
  check.that(problem:find(name, 1, true), "all problems at once: " .. name)
end
check.that(settings.problem { cots = 5 }:find("cots"), "an unknown option is named")
check.that(settings.problem { on_trouble = "maybe" }:find("maybe"), "a wrong option is quoted")
check.equal(settings.problem { cost = 5, on_trouble = "closed", attributes = {} }, nil, "right options")

-- The request ------------------------------------------------------------------------------------------------------

check.equal(request.bearer("Bearer k"), "k", "bearer")
check.equal(request.bearer("bEARER   k b"), "k b", "bearer, in any case")
check.equal(request.bearer("Basic dXNlcjpwYXNz"), nil, "another scheme is no key")
check.equal(request.bearer("Bearer "), nil, "no key")
check.equal(request.bearer(nil), nil, "no field")
check.equal(request.path("/a?b?c"), "/a", "path")
check.equal(request.path("/a"), "/a", "path without a query")
local bytes, count = request.attributes("k", "192.0.2.1", "GET", "/p", nil, { ip = "192.0.2.2", method = false, n = 7 })
check.equal(count, 4, "attributes")
check.equal(bytes, "\1\0\1\0k\2\0\9\000192.0.2.2\4\0\2\0/p\0\1\1\0n7", "what a location says outranks the request")
local none, words, is_too_long = request.attributes("", "1", "GET", ("p"):rep(8193), "h")
check.that(none == nil and is_too_long and words:find("path"), "too long a path is told from other mistakes")

-- Denials ----------------------------------------------------------------------------------------------------------

local rate = { limit = 3, window = 3600, retry = 5000000, rule = "all" }
local text, seconds = denials.text(answer(rate), payload(rate), 5, 1000, 10)
check.equal(seconds, 5, "until the retry-after")
local again = denials.read(text, 5, 1002, 10)
check.equal(again.rule, "all", "a remembered denial is whole")
check.equal(again.retry_after, 3000000, "and counts on")
check.that(denials.read(text, 6, 1002, 10), "what costs more is denied, too")
check.equal(denials.read(text, 4, 1002, 10), nil, "what costs less is asked about")
check.equal(denials.read(text, 5, 1005, 10), nil, "it is over at the retry-after")
check.equal(denials.read("garbage", 5, 1002, 10), nil, "garbage is none")
check.equal(denials.read(text:sub(1, 60), 5, 1002, 10), nil, "nor is half of one")
rate.retry = 86400000000
text, seconds = denials.text(answer(rate), payload(rate), 1, 1000, 10)
check.equal(seconds, 10, "no longer than asked for")
check.equal(denials.read(text, 1, 1010.5, 10), nil, "and then it is asked about")
check.equal(denials.read(text, 1, 900, 10), nil, "a clock that was turned back keeps no denial")
for _, other in ipairs {
  { reason = 4, retry = 1000 }, { reason = 11, retry = 1000 }, { reason = 12, retry = "never" }, { retry = 0 },
  { decision = 0, retry = 1000 }, { state = 2, retry = 1000 }, { state = 3, retry = 1000 }, { reason = 10, retry = 1 },
} do
  check.equal(denials.text(answer(other), payload(other), 1, 1000, 10), nil, "only rates and quotas are remembered")
end
check.equal(denials.text(answer(rate), payload(rate), 0, 1000, 10), nil, "nor what costs nothing")

-- Reports ----------------------------------------------------------------------------------------------------------

local waiting = reporter.new(100)
local ticket = ("t"):rep(24)
for index = 1, 102 do
  check.equal(waiting:add(assert(frame.entry(ticket, 200, index, 0))), index <= 100, "room for 100")
end
check.equal(waiting.dropped, 2, "dropped")
local batches = {}
local ok, reason = waiting:flush(function(sent, ids)
  batches[#batches + 1] = #sent
  if #batches == 2 then return {}, "timeout" end
  return { [ids[1]] = le(64, 2) .. le(0, 6) }
end)
check.that(not ok and reason == "timeout", "trouble is told")
check.equal(batches[1], 24 + 64 * 56, "64 in a batch")
check.equal(batches[2], 24 + 36 * 56, "the rest in the next")
check.equal(waiting.count, 36, "what was not answered waits")
ok = waiting:flush(function(sent, ids)
  check.equal(sent:byte(25 + 32), 65, "and goes again, the oldest first")
  return { [ids[1]] = le(30, 2) .. le(0, 4) .. le(6, 2) }
end)
check.that(ok and waiting.count == 0 and waiting.reported == 94 and waiting.unknown == 6, "all are sent")
check.equal(waiting:add(assert(frame.entry(ticket, 200, 0, 0))), true, "there is room again")

local sizes = {}
waiting = reporter.new(100)
for _ = 1, 20 do waiting:add(assert(frame.entry(ticket, 200, 0, 0))) end
ok = waiting:flush(function(sent, ids)
  sizes[#sizes + 1] = #sent
  if #sent > 512 then return {}, "refused", frame.BAD_LENGTH end
  return { [ids[1]] = le((#sent - 24) / 56, 2) .. le(0, 6) }
end)
check.that(ok and waiting.reported == 20, "what is too much for the agent goes in parts")
check.equal(table.concat(sizes, " ", 1, 3), "1144 584 304", "in halves")

-- The exchange -----------------------------------------------------------------------------------------------------

--- A connection that has so many bytes to read, then nothing.
local function connection(stream, finally)
  return {
    send = function(self, sent)
      self.sent = sent
      return #sent
    end,
    receive = function(_, size)
      if #stream < size then return nil, finally or "timeout" end
      local piece = stream:sub(1, size)
      stream = stream:sub(size + 1)
      return piece
    end,
  }
end

local function answer_frame(operation, id, body) return le(16 + #body, 4) .. string.char(1, operation, 0, 0) .. id .. body end

local first, second = frame.id(1), frame.id(2)
local always = function() return true end
local a, b = answer_frame(frame.CHECK_ANSWER, first, "one"), answer_frame(frame.REPORT_ANSWER, second, "two")
for _, stream in ipairs { a .. b, b .. a, answer_frame(frame.PING_ANSWER, frame.id(9), "") .. b .. a,
  answer_frame(0x99, frame.id(0), "later") .. a .. b } do
  local payloads, trouble, _, is_leaving = exchange(connection(stream), "question", { first, second }, always)
  check.that(payloads[first] == "one" and payloads[second] == "two" and not trouble and not is_leaving,
    "answers may overtake each other, and strangers are dropped")
end
local payloads, trouble, code, is_leaving = exchange(
  connection(answer_frame(frame.GOAWAY, frame.id(0), le(1, 2) .. le(0, 2) .. le(1000, 4)) .. a), "q", { first }, always)
check.that(payloads[first] == "one" and not trouble and is_leaving, "a connection that goes away still answers")
payloads, trouble = exchange(connection(a), "q", { first, second }, always)
check.that(payloads[first] == "one" and trouble == "timeout", "an answer that came is not lost with another")
payloads, trouble, code = exchange(
  connection(answer_frame(frame.ERROR, first, le(5, 2) .. le(24, 2) .. le(3, 2) .. le(0, 2) .. "bad")), "q", { first }, always)
check.that(not payloads[first] and trouble:find("bad") and code == 5, "an error frame is told in the agent's words")
payloads, trouble = exchange(connection(("\255"):rep(64)), "q", { first }, always)
check.that(not payloads[first] and trouble:find("bad_length"), "garbage is told")
payloads, trouble = exchange(connection("", "closed"), "q", { first }, always)
check.that(next(payloads) == nil and trouble == "closed", "the end is told")
payloads, trouble = exchange(connection(a), "q", { first }, function() return false end)
check.that(next(payloads) == nil and trouble == "timeout", "nothing is sent when no time is left")

print("parts: all hold")
