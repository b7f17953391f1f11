--- Reports of all nginx workers, in a shared dictionary, as the log phase has no sockets: from there the next check takes
-- them along, or else a timer some milliseconds later. They outlive a worker, and a reload.

local agent = require "weir.nginx.agent"
local frame = require "weir.frame"

local ngx = ngx

local reports = { reported = 0, unknown = 0, dropped = 0, ID = frame.id(2) }

local QUEUE = "reports"
local IDS = { reports.ID }
-- Reports wait so long for a check that takes them along: a slot that a rule counts is free a little after its response.
local DELAY = 0.005
-- A report may take longer than a check: nobody waits for it.
local DEADLINE = 0.25
-- Batches of one timer, before it lets others run.
local BATCHES = 64

local queue, deadline
-- Entries of one frame: fewer where the agent takes smaller frames.
local most = frame.MAXIMUM_ENTRIES
local is_dropping, is_scheduled = false, false

function reports.setup(settings)
  queue = ngx.shared.weir_reports
  if not queue then error("weir: expected lua_shared_dict weir_reports 4m; in the http block") end
  deadline = math.max(DEADLINE, settings.deadline)
end

local function push(entry)
  -- A list never pushes out what is in it: where there is no room, the newest goes.
  if queue:rpush(QUEUE, entry) then
    is_dropping = false
    return
  end
  reports.dropped = reports.dropped + 1
  if is_dropping then return end
  is_dropping = true
  ngx.log(ngx.ERR, "weir: no room for reports in weir_reports: they are dropped, and with them bytes and statuses of usage")
end

--- Up to 64 entries that wait; nil for none. Whoever takes them gives them back, or their answer.
function reports.take()
  local entry = queue:lpop(QUEUE)
  if not entry then return nil end
  local entries = { entry }
  for index = 2, most do
    entry = queue:lpop(QUEUE)
    if not entry then break end
    entries[index] = entry
  end
  return entries
end

local schedule

--- What was not answered is sent again: it counts once.
function reports.give_back(entries)
  for index = 1, #entries do push(entries[index]) end
  schedule(DELAY)
end

--- What was too much for the agent's frames is sent in halves.
--
-- @param code  of the ERROR frame that answered so many entries; nil where none did
-- @return whether it was too much
function reports.shrink(count, code)
  if code ~= frame.BAD_LENGTH or count < 2 then return false end
  most = math.floor(count / 2)
  return true
end

--- Notes what became of entries.
function reports.answered(payload)
  local became = frame.report_answer(payload)
  if not became then return end
  reports.reported = reports.reported + became.accepted + became.late + became.repeated
  reports.unknown = reports.unknown + became.unknown
end

local function drain(is_exiting)
  is_scheduled = false
  for _ = 1, BATCHES do
    local entries = reports.take()
    if not entries then return end
    local payloads, problem, code = agent.ask(frame.report(reports.ID, entries), IDS, deadline)
    local payload = payloads[reports.ID]
    if payload then
      reports.answered(payload)
    else
      for index = 1, #entries do push(entries[index]) end
      if not reports.shrink(#entries, code) then
        if not is_exiting then
          agent.log_trouble(problem)
          schedule(0.1 + math.random() * 0.1)
        end
        return
      end
    end
  end
  schedule(DELAY)
end

schedule = function(delay)
  if is_scheduled then return end
  local started = ngx.timer.at(delay, drain)
  -- A worker that ends takes timers of now only.
  if not started then started = ngx.timer.at(0, drain) end
  is_scheduled = started and true or false
end

--- Puts an entry of `frame.entry` where it waits to be sent.
function reports.add(entry)
  push(entry)
  schedule(DELAY)
end

return reports
