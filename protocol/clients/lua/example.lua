--- Asks an agent whether a request may pass, and reports its response:
--
--   LUA_PATH="protocol/clients/lua/?.lua;;" lua5.3 protocol/clients/lua/example.lua 192.0.2.1 /search
--
-- WEIR_SOCKET and the client's other variables are those of the README.

local connection = require "weir.connection"
local frame = require "weir.frame"
local request = require "weir.request"
local settings = require "weir.settings"

local config = assert(settings.read())
local agent = connection.new(config.socket)

local check_id, report_id = frame.id(1), frame.id(2)
local attributes, count = assert(request.attributes(nil, arg[1] or "192.0.2.1", "GET", request.path(arg[2] or "/"), nil))
local payloads, problem = agent:ask(assert(frame.check(check_id, attributes, count, 1)), { check_id }, config.deadline)
if not payloads[check_id] then
  print(("no answer: %s; %s"):format(problem, config.on_trouble == "open" and "the request passes" or "it is refused"))
  os.exit(config.on_trouble == "open" and 0 or 1)
end
local answer = assert(frame.answer(payloads[check_id]))
print(("%s  %s  rule %s  %.0f of %.0f left"):format(
  answer.decision, answer.reason, answer.rule ~= "" and answer.rule or "-", answer.remaining, answer.limit))
if answer.decision ~= "allow" then
  print(("again in %.3f s"):format(answer.retry_after / 1e6))
  os.exit(1)
end

if not answer.ticket then return end
-- The request is served here; then what came of it is told.
local entry = assert(frame.entry(answer.ticket, 200, 120, 4096))
payloads, problem = agent:ask(frame.report(report_id, { entry }), { report_id }, config.deadline)
if not payloads[report_id] then error(problem) end
print(("reported: %d"):format(frame.report_answer(payloads[report_id]).accepted))
