--- Denials that are still true: a request that was denied for its rate or its quota is denied again without asking, until
-- the answer's retry-after, for the same attributes at the same cost or a higher one.
--
-- Kept as text, "COST UNTIL PAYLOAD", so that nginx's workers can share them.

local frame = require "weir.frame"

local denials = {}

-- Reasons that time alone takes away; slots come back at any moment, and a `deny` statement needs no room here.
local REMEMBERED = { rate = true, quota = true }

--- @return what to remember of an answer and for how many seconds; nil where it is not to be remembered
-- @param now  seconds of a clock that all readers share
-- @param most  seconds that a denial is remembered at most: a limit that was raised is felt after them
function denials.text(answer, payload, cost, now, most)
  if answer.decision ~= "deny" or not REMEMBERED[answer.reason] or cost == 0 then return nil end
  -- While the store is away, and under shadow enforcement, the next answer may differ.
  if answer.state ~= "local" and answer.state ~= "shared" then return nil end
  local seconds = answer.retry_after / 1000000
  if seconds <= 0 then return nil end
  if seconds == math.huge then return nil end
  return ("%d %.6f %.6f "):format(cost, now + seconds, now + most) .. payload, math.min(seconds, most)
end

--- The denial that a text stands for, its `retry_after` counted from now; nil where it is over or cost less.
function denials.read(text, cost, now, most)
  local denied_cost, ready, forgotten, start = text:match("^(%d+) (%d+%.%d+) (%d+%.%d+) ()")
  denied_cost, ready, forgotten = tonumber(denied_cost), tonumber(ready), tonumber(forgotten)
  -- A clock that was turned back must not keep a denial.
  if not ready or cost < denied_cost or now >= ready or now >= forgotten or forgotten - now > most then return nil end
  local answer = frame.answer(text:sub(start))
  if answer then
    answer.retry_after = (ready - now) * 1000000
  end
  return answer
end

return denials
