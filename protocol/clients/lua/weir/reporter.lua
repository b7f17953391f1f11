--- Sends reports and keeps those that were not answered, for programs with a connection of their own. Pure: the
-- connection is a function.

local frame = require "weir.frame"

local reporter = {}
reporter.__index = reporter

local ID = frame.id(2)

--- @param most  reports that wait for an agent at most; those beyond are dropped, the newest first
function reporter.new(most)
  return setmetatable({ first = 1, count = 0, most = most, batch = frame.MAXIMUM_ENTRIES, dropped = 0, reported = 0, unknown = 0 }, reporter)
end

--- Puts an entry of `frame.entry` at the end; false where there is no room.
function reporter:add(entry)
  if self.count == self.most then
    self.dropped = self.dropped + 1
    return false
  end
  self[self.first + self.count] = entry
  self.count = self.count + 1
  return true
end

--- Sends all that waits, 64 at a time, or fewer where the agent takes smaller frames; what was not answered waits on, and is sent again: it counts once.
--
-- @param ask  as `connection:ask`, with a deadline of its own
-- @return true; false and what went wrong
function reporter:flush(ask)
  while self.count > 0 do
    local batch = {}
    for index = 1, math.min(self.count, self.batch) do batch[index] = self[self.first + index - 1] end
    local payloads, problem, code = ask(frame.report(ID, batch), { ID })
    local became = payloads[ID] and frame.report_answer(payloads[ID])
    if became then
      self.reported = self.reported + became.accepted + became.late + became.repeated
      self.unknown = self.unknown + became.unknown
      for index = 1, #batch do self[self.first + index - 1] = nil end
      self.first, self.count = self.first + #batch, self.count - #batch
    elseif code == frame.BAD_LENGTH and #batch > 1 then
      self.batch = math.floor(#batch / 2)
    else
      return false, problem or "the agent's answer was not understood"
    end
  end
  self.first = 1
  return true
end

return reporter
